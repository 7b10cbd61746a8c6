// The budgets of each page: kilobytes of gzip over the import graph of the built pages.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const dist = new URL('../dist', import.meta.url).pathname
const read = name => JSON.parse(readFileSync(join(dist, '.vite', name), 'utf8'))
// Two builds: keys of the one are names of files too, and may not stand for those of the other.
const apart = Object.entries(read('manifest-family.json'))
const rename = it => `apart:${it}`
const manifest = read('manifest.json')
for (const [key, entry] of apart) manifest[rename(key)] = { ...entry, imports: entry.imports?.map(rename), dynamicImports: entry.dynamicImports?.map(rename) }

/** js: at the first paint; behind: with what is fetched next to it (for who is signed in, at once); all: everything but the map,
    what draws on it and charts; css: all style sheets. */
const BUDGETS = {
  console: { js: 170, all: 260, css: 45 },
  // Every page of the office, each fetched when it is opened.
  admin: { js: 150, all: 340, css: 40 },
  // Rounds, a forced entry and the try of one's ways are pieces of their own, fetched when they are opened.
  care: { js: 90, behind: ['src/care/inside.ts', 120], all: 175, css: 40 },
  family: { js: 70, all: 80, css: 10 },
  elder: { js: 70, all: 80, css: 10 },
  wall: { js: 90, all: 100, css: 20 }, // the map's own sheet is most of it
}
/** What a page keeps on the phone, kilobytes as they are. */
const KEPT = 600
/** What a map may cost, wherever one is. */
const MAP = 310
/** What charts may cost: those of the wall. */
const CHARTS = 200
/** What drawing on a map may cost: only where areas are drawn. */
const DRAWING = 45
const WORKER = 150

const sizes = new Map()
const size = file => {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length / 1024)
  return sizes.get(file)
}
function walk(key, follow, seen = new Set()) {
  if (seen.has(key)) return seen
  seen.add(key)
  const entry = manifest[key]
  for (const next of [...(entry.imports ?? []), ...(follow ? entry.dynamicImports ?? [] : [])]) walk(next, follow, seen)
  return seen
}
const heavy = key => /maplibre|echarts|drawing/.test(manifest[key].file)
const sum = files => [...files].reduce((total, file) => total + size(file), 0)

let failed = 0
function hold(what, value, most) {
  const over = value > most
  if (over) failed += 1
  console.log(`${over ? 'OVER ' : 'ok   '} ${what.padEnd(28)} ${value.toFixed(1).padStart(7)} KB of ${most}`)
}
for (const [page, budget] of Object.entries(BUDGETS)) {
  const entry = [`${page}/index.html`, rename(`${page}/index.html`)].find(it => manifest[it])
  if (!entry) continue
  const first = walk(entry, false)
  const all = walk(entry, true)
  const js = keys => sum(new Set([...keys].filter(it => !heavy(it)).map(it => manifest[it].file)))
  hold(`${page}: script at first`, sum(new Set([...first].map(it => manifest[it].file))), budget.js)
  if (budget.behind) {
    const [key, most] = budget.behind
    hold(`${page}: script behind the door`, sum(new Set([...first, ...walk(key, false)].map(it => manifest[it].file))), most)
  }
  hold(`${page}: script without map`, js(all), budget.all)
  const css = new Set([...all].filter(it => !heavy(it)).flatMap(it => manifest[it].css ?? []))
  hold(`${page}: style`, sum([...css].filter(it => !/maplibre/.test(it))), budget.css)
  for (const [what, name, most] of [['map', /maplibre/, MAP], ['charts', /echarts/, CHARTS], ['drawing', /drawing/, DRAWING]]) {
    const files = new Set([...all].map(it => manifest[it].file).filter(it => name.test(it)))
    if (files.size) hold(`${page}: ${what}`, sum(files), most)
  }
}
for (const name of readdirSync(join(dist, 'assets'))) if (/worker.*\.js$/.test(name)) hold('map: worker', size(`assets/${name}`), WORKER)
for (const page of Object.keys(BUDGETS)) {
  let worker
  try {
    worker = readFileSync(join(dist, page, 'sw.js'), 'utf8')
  } catch {
    continue // not every page works without a network
  }
  const kept = [...new Set([...worker.matchAll(/["'`](\/(?:assets|care|family|elder)\/[\w./-]+\.(?:js|css|html|png|svg|webmanifest))["'`]/g)].map(it => it[1]))]
  hold(`${page}: kept, ${kept.length} files`, kept.reduce((total, it) => total + readFileSync(join(dist, it)).length / 1024, 0), KEPT)
}
if (failed) process.exit(1)
