// The pages of families and elders read on telephones that are some years old: no newer syntax than ES2018 may be in what was
// built for them, no function that those browsers lack, and no style rule that they pass over.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'acorn'

const dist = new URL('../dist', import.meta.url).pathname
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest-family.json'), 'utf8'))
/** Newer than chrome 64 and safari 12, and asked for without looking whether it is there. */
const MISSING = [/\.replaceAll\(/, /\.at\(-?\d/, /\.flatMap\(/, /\.allSettled\(/, /Object\.fromEntries\(/, /structuredClone\(/, /randomUUID\(/, /Object\.hasOwn\(/]
const STYLE = [/[;{]\s*inset:/, /:is\(/, /:where\(/, /aspect-ratio:/, /color-mix\(/]

let wrong = 0
const say = (file, what) => { wrong += 1; console.error(`${file}: ${what}`) }
const files = new Set([...Object.values(manifest).flatMap(it => [it.file, ...(it.css ?? [])]), 'elder/sw.js', 'family/sw.js'])
for (const file of files) {
  const text = readFileSync(join(dist, file), 'utf8')
  if (file.endsWith('.js')) {
    try {
      parse(text, { ecmaVersion: 2018, sourceType: 'module' })
    } catch (error) {
      say(file, error.message)
    }
    for (const it of MISSING) if (it.test(text)) say(file, `${it} is not in those browsers`)
  } else if (file.endsWith('.css')) for (const it of STYLE) if (it.test(text)) say(file, `${it} is not in those browsers`)
}
console.log(`${files.size} files for older browsers, ${wrong} wrong`)
if (wrong) process.exit(1)
