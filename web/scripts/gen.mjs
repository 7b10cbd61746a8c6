// Types of the service's contract: `node scripts/gen.mjs` writes them, `--check` fails when they are not those of openapi.json.
import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const contract = new URL('../../openapi.json', import.meta.url)
const target = new URL('../src/shared/api/schema.d.ts', import.meta.url)
const head = '// Made from openapi.json by `npm run gen`; not to be edited.\n'
const text = head + astToString(await openapiTS(JSON.parse(readFileSync(contract, 'utf8'))))

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('src/shared/api/schema.d.ts is not made from openapi.json as it is now: npm run gen')
    process.exit(1)
  }
} else writeFileSync(target, text)
