// Prints the service's OpenAPI document, as it publishes it.
import { openapiText } from '../openapi-text.ts'

process.stdout.write(await openapiText())
