// The bundle by itself on stock k6 v1.
import { plainK6 } from './plain-k6.ts'

plainK6('k6-v1')
