// Prints the pool's OpenAPI document, as a gateway publishes it. Needs no database.
import { openapiText } from '../openapi-text.ts'

process.stdout.write(await openapiText())
