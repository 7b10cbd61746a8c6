// The service workers, after the pages: each knows the files of its own page and no other's, from the manifest of the build.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** By the mode of the run: which page's worker, the build that it belongs to, and the browsers that read it. */
const WORKERS = {
  care: { manifest: 'manifest.json', target: ['es2022', 'chrome100', 'safari15.4', 'firefox100'] },
  elder: { manifest: 'manifest-family.json', target: ['es2018', 'chrome64', 'safari12'] },
  family: { manifest: 'manifest-family.json', target: ['es2018', 'chrome64', 'safari12'] }, // keeps nothing: it is pushed to
}

interface Chunk { file: string, css?: string[], assets?: string[], imports?: string[], dynamicImports?: string[] }

/** All that the page may ever load, with a revision where the name does not carry one. */
function precache(page: keyof typeof WORKERS): { url: string, revision: string | null }[] {
  const from = here(`dist/.vite/${WORKERS[page].manifest}`)
  if (!existsSync(from)) throw new Error('the pages are built first')
  const manifest = JSON.parse(readFileSync(from, 'utf8')) as Record<string, Chunk>
  const seen = new Set<string>()
  const files = new Set<string>()
  const walk = (key: string) => {
    if (seen.has(key)) return
    seen.add(key)
    const it = manifest[key]
    if (!it) throw new Error(`${key} is not in the manifest`)
    for (const file of [it.file, ...(it.css ?? []), ...(it.assets ?? [])]) files.add(file)
    for (const next of [...(it.imports ?? []), ...(it.dynamicImports ?? [])]) walk(next)
  }
  walk(`${page}/index.html`)
  // What stands beside the page as it is.
  for (const name of readdirSync(here(`dist/${page}`))) if (/\.(html|png|svg|webmanifest)$/.test(name)) files.add(`${page}/${name}`)
  return [...files].sort().map(file => ({
    url: `/${file}`,
    revision: file.startsWith('assets/') ? null : createHash('sha256').update(readFileSync(here(`dist/${file}`))).digest('hex').slice(0, 16),
  }))
}

export default defineConfig(({ mode }) => {
  const page = mode === 'elder' || mode === 'family' ? mode : 'care'
  return {
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"', __PRECACHE__: JSON.stringify(page === 'family' ? [] : precache(page)), __PAGE__: JSON.stringify(`/${page}`) },
    build: {
      outDir: 'dist',
      emptyOutDir: false,
      target: WORKERS[page].target,
      rolldownOptions: { input: here(`src/${page}/sw.ts`), output: { format: 'iife', entryFileNames: `${page}/sw.js`, codeSplitting: false } },
    },
  }
})
