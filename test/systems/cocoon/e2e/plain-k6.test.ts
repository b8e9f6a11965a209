// The bundle by itself on our k6, and on stock k6 v2; stock k6 v1 is in the long tests.
import { plainK6 } from './plain-k6.ts'

plainK6('k6')
plainK6('k6-v2')
