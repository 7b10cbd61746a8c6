// The back key closes what lies over a page before it leaves the page: each sheet is an entry of the browser's history, with the
// page's own address. Closed by hand it takes its entry away again.
import { onScopeDispose, type Ref, watch } from 'vue'

interface Over { depth: number, path: string, close: () => void }
const open: Over[] = []
let waits: (() => void)[] = []
/** An entry is being taken away: browsers do that a moment later. */
let going = false

/** How many sheets the entry that is shown lies under. */
const depthOf = (state: unknown): number => (state as { sheets?: number } | null)?.sheets ?? 0

addEventListener('popstate', event => {
  const depth = depthOf(event.state)
  going = false
  while (open.length && (open.at(-1)?.depth ?? 0) > depth) open.pop()?.close()
  for (const it of waits) it()
  waits = []
})

export function useBackCloses(show: Ref<boolean>) {
  let mine: Over | undefined
  function begin() {
    mine = { depth: depthOf(history.state) + 1, path: location.pathname, close: () => { mine = undefined; show.value = false } }
    open.push(mine)
    // The router's own marks stay in it: for the router this is the same page.
    history.pushState({ ...history.state, sheets: mine.depth }, '')
  }
  function end() {
    const it = mine
    mine = undefined
    if (!it || !open.includes(it)) return
    open.splice(open.indexOf(it), 1)
    // Not where the page has been left meanwhile: what would be gone back from is another entry.
    if (depthOf(history.state) !== it.depth || location.pathname !== it.path) return
    going = true
    history.back()
  }
  watch(show, on => { if (on) begin(); else end() }, { immediate: true, flush: 'sync' })
  onScopeDispose(end)
}

/** When the entry of a sheet that was just closed is gone: before that no other address can be set. */
export function backIsDone(): Promise<void> {
  if (!going) return Promise.resolve()
  return new Promise(done => { waits.push(done) })
}
