// What the phone keeps: actions not answered yet, and the cases of its owner as last seen. Nothing sealed is ever among it.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { CaseView, Schemas } from '../../shared/api/client'
import type { Entry, EntryStore } from './queue'

/** The cases of one account, so that the page opens without a network. */
export interface Picture { user: string, at: number, cases: CaseView[] }

/** The visits that one account makes, so that a round goes on without a network. */
export interface Rounds { user: string, at: number, visits: Schemas['VisitToMakeDto'][] }

/** A file that goes with an entry, under its key. As bytes: not every browser keeps a `Blob` over a restart. */
interface KeptFile { key: string, type: string, bytes: ArrayBuffer }

interface Kept extends DBSchema {
  entries: { key: number, value: Entry }
  files: { key: string, value: KeptFile }
  picture: { key: string, value: Picture | Rounds }
}

let opened: Promise<IDBPDatabase<Kept>> | undefined
function database(): Promise<IDBPDatabase<Kept>> {
  opened ??= openDB<Kept>('ecd.care', 2, {
    upgrade(db, before) {
      if (before < 1) {
        db.createObjectStore('entries', { keyPath: 'id', autoIncrement: true })
        db.createObjectStore('picture')
      }
      if (before < 2) db.createObjectStore('files', { keyPath: 'key' })
    },
    // A newer page of this phone waits for this one to let go.
    blocking(_now, _wanted, event) {
      (event.target as IDBDatabase).close()
      opened = undefined
    },
    terminated() { opened = undefined },
  })
  return opened
}

/** What a phone that keeps nothing has done: it goes out from here, and is lost with the page (`queue.noStore` says so). */
const memory = { entries: [] as Entry[], files: new Map<string, Blob>(), next: 2 ** 40 }
function remember(entry: Omit<Entry, 'id'>, file?: Blob): Entry {
  const it = { ...entry, id: memory.next += 1 }
  memory.entries.push(it)
  if (file) memory.files.set(entry.key, file)
  return it
}

/** Actions on the phone. A private window, a full disk or a browser without a store stops none of them while there is a network. */
export const entries: EntryStore = {
  async all() {
    const kept = await database().then(it => it.getAll('entries')).catch(() => { opened = undefined; return [] })
    return [...kept, ...memory.entries]
  },
  async add(entry, file) {
    try {
      return await write(entry, file)
    } catch {
      return remember(entry, file)
    }
  },
  async remove(entry) {
    if (memory.entries.some(it => it.id === entry.id)) {
      memory.entries = memory.entries.filter(it => it.id !== entry.id)
      memory.files.delete(entry.key)
      return
    }
    const tx = (await database()).transaction(['entries', 'files'], 'readwrite')
    await Promise.all([tx.objectStore('entries').delete(entry.id), tx.objectStore('files').delete(entry.key)])
    await tx.done
  },
}

async function write(entry: Omit<Entry, 'id'>, file?: Blob): Promise<Entry> {
  const bytes = await file?.arrayBuffer() // before the transaction, which does not wait for others
  const tx = (await database()).transaction(['entries', 'files'], 'readwrite', { durability: 'strict' })
  const id = await tx.objectStore('entries').add(entry as Entry)
  if (file && bytes) await tx.objectStore('files').put({ key: entry.key, type: file.type, bytes })
  await tx.done
  return { ...entry, id }
}

/** The file of an entry that waits. */
export async function fileOf(key: string): Promise<Blob | undefined> {
  const mine = memory.files.get(key)
  if (mine) return mine
  const it = await (await database()).get('files', key)
  return it && new Blob([it.bytes], { type: it.type })
}

const PICTURE = 'cases'
const ROUNDS = 'visits'
/** What has not been refreshed for so long says nothing about now, and is somebody's address. */
export const PICTURE_FOR_MS = 2 * 3_600_000

/** What was kept under this name, of this account and not long ago; else it is wiped. */
async function kept(name: string, user: string, now: number): Promise<Picture | Rounds | undefined> {
  const db = await database()
  const it = await db.get('picture', name)
  if (it && it.user === user && now - it.at < PICTURE_FOR_MS) return it
  if (it) await db.delete('picture', name)
  return undefined
}

export const picture = {
  async read(user: string, now: number): Promise<CaseView[]> {
    const it = await kept(PICTURE, user, now)
    return it && 'cases' in it ? it.cases : []
  },
  async visits(user: string, now: number): Promise<Rounds | undefined> {
    const it = await kept(ROUNDS, user, now)
    return it && 'visits' in it ? it : undefined
  },
  async writeVisits(it: Rounds) {
    await (await database()).put('picture', it, ROUNDS)
  },
  async write(it: Picture) {
    await (await database()).put('picture', it, PICTURE)
  },
  async wipe() {
    await (await database()).clear('picture')
  },
}
