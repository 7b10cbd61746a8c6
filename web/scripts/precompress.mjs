// Writes .br and .gz beside what is worth it, so that the service compresses nothing while it answers.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = new URL('../dist', import.meta.url).pathname
const worth = /\.(html|js|css|svg|json|webmanifest)$/
for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name)
  if (!worth.test(name) || name.startsWith('.vite') || !statSync(file).isFile()) continue
  const text = readFileSync(file)
  if (text.length < 1024) continue
  const br = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } })
  const gz = gzipSync(text, { level: 9 })
  if (br.length < text.length * 0.9) writeFileSync(`${file}.br`, br)
  if (gz.length < text.length * 0.9) writeFileSync(`${file}.gz`, gz)
}
