// What the phone keeps: actions not answered yet, and the cases of its owner as last seen. Nothing sealed is ever among it.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { CaseView } from '../../shared/api/client'
import type { Entry, EntryStore } from './queue'

/** The cases of one account, so that the page opens without a network. */
export interface Picture { user: string, at: number, cases: CaseView[] }

interface Kept extends DBSchema {
  entries: { key: number, value: Entry }
  picture: { key: string, value: Picture }
}

let opened: Promise<IDBPDatabase<Kept>> | undefined
function database(): Promise<IDBPDatabase<Kept>> {
  opened ??= openDB<Kept>('ecd.care', 1, {
    upgrade(db) {
      db.createObjectStore('entries', { keyPath: 'id', autoIncrement: true })
      db.createObjectStore('picture')
    },
    terminated() { opened = undefined },
  })
  return opened
}

/** Actions on the phone. */
export const entries: EntryStore = {
  async all() {
    return (await database()).getAll('entries')
  },
  async add(entry) {
    const tx = (await database()).transaction('entries', 'readwrite', { durability: 'strict' })
    const id = await tx.store.add(entry as Entry)
    await tx.done
    return { ...entry, id }
  },
  async remove(id) {
    await (await database()).delete('entries', id)
  },
}

const PICTURE = 'cases'
/** What has not been refreshed for so long says nothing about now, and is somebody's address. */
export const PICTURE_FOR_MS = 2 * 3_600_000

export const picture = {
  async read(user: string, now: number): Promise<CaseView[]> {
    const it = await (await database()).get('picture', PICTURE)
    if (it && it.user === user && now - it.at < PICTURE_FOR_MS) return it.cases
    if (it) await this.wipe()
    return []
  },
  async write(it: Picture) {
    await (await database()).put('picture', it, PICTURE)
  },
  async wipe() {
    await (await database()).delete('picture', PICTURE)
  },
}
