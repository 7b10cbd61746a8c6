import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ANSWER_WITHIN_MS, type Entry, type EntryStore, nextOf, type Outcome, Queue, TOO_SLOW } from '@/care/queue/queue'
import { Problem } from '@/shared/api/problem'

/** The phone's store, which outlives a killed page. */
function phone(): EntryStore & { kept: Map<number, Entry>, files: Map<string, Blob> } {
  const kept = new Map<number, Entry>()
  const files = new Map<string, Blob>()
  let next = 1
  return {
    kept,
    files,
    async all() { return [...kept.values()] },
    async add(entry, file) {
      const it = { ...entry, id: next }
      next += 1
      kept.set(it.id, it)
      if (file) files.set(it.key, file)
      return it
    },
    async remove(entry) {
      kept.delete(entry.id)
      files.delete(entry.key)
    },
  }
}

/** The service: does what has a new key, repeats its answer for an old one. */
class Service {
  done: string[] = []
  seen = new Set<string>()
  asked = 0
  mood: (asked: number, entry: Entry) => Problem | 'lost' | null = () => null
  async take(entry: Entry) {
    this.asked += 1
    const trouble = this.mood(this.asked, entry)
    if (trouble instanceof Problem) throw trouble
    if (!this.seen.has(entry.key)) {
      this.seen.add(entry.key)
      this.done.push(`${entry.act}:${entry.key}`)
    }
    // Done, and the answer never came back.
    if (trouble === 'lost') throw Problem.unreachable()
    return { case: null }
  }
}

let store: ReturnType<typeof phone>
let service: Service
let refused: string[]
let user: string | undefined
const queues: Queue[] = []
function open(): Queue {
  const it = new Queue({ store, user: () => user, send: entry => service.take(entry), done: () => {}, refused: (entry, problem) => refused.push(`${entry.act}:${problem.code}`), changed: () => {} })
  queues.push(it)
  return it
}
const entry = (act: Entry['act'], key: string, more: Partial<Entry> = {}): Omit<Entry, 'id'> => ({ key, user: 'user_1', act, caseId: 'case_1', path: `/api/v1/assignments/case_1/${act}`, body: {}, at: 0, ...more })

beforeEach(() => {
  vi.useFakeTimers()
  store = phone()
  service = new Service()
  refused = []
  user = 'user_1'
})
afterEach(() => {
  for (const it of queues.splice(0)) it.close()
  vi.useRealTimers()
})
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

describe('the queue of the phone', () => {
  it('sends in the order of doing, each once, and is empty after', async () => {
    const queue = open()
    for (const act of ['accept', 'depart', 'arrive', 'done'] as const) void queue.push(entry(act, act))
    await settle()
    expect(service.done).toEqual(['accept:accept', 'depart:depart', 'arrive:arrive', 'done:done'])
    expect(store.kept.size).toBe(0)
  })

  it('keeps everything without a network, says so soon, and sends it when it is back', async () => {
    service.mood = () => Problem.unreachable()
    const queue = open()
    const said: string[] = []
    for (const act of ['accept', 'depart', 'arrive', 'done'] as const) void queue.push(entry(act, act)).then(it => said.push(it.state))
    await settle(ANSWER_WITHIN_MS)
    expect(said).toEqual(['waiting', 'waiting', 'waiting', 'waiting'])
    expect(store.kept.size).toBe(4)
    service.mood = () => null
    void queue.flush()
    await settle()
    expect(service.done.map(it => it.split(':')[0])).toEqual(['accept', 'depart', 'arrive', 'done'])
    expect(store.kept.size).toBe(0)
  })

  it('a failing service holds the queue; what is refused leaves it with a word and lets the next one go', async () => {
    let failing = true
    service.mood = (_, it) => (it.act === 'depart' && failing ? new Problem('internal', 500, '') : it.act === 'arrive' ? new Problem('taken', 409, '') : null)
    const queue = open()
    const outcomes: Promise<Outcome>[] = (['accept', 'depart', 'arrive', 'note'] as const).map(act => queue.push(entry(act, act)))
    await settle()
    expect(service.done).toEqual(['accept:accept'])
    expect([...store.kept.values()].map(it => it.act)).toEqual(['depart', 'arrive', 'note'])
    failing = false
    await settle(2_000)
    expect(service.done).toEqual(['accept:accept', 'depart:depart', 'note:note'])
    expect(refused).toEqual(['arrive:taken'])
    expect(store.kept.size).toBe(0)
    expect((await outcomes[0])?.state).toBe('done')
  })

  it('waits as long as the service asks', async () => {
    service.mood = asked => (asked === 1 ? new Problem('overloaded', 503, '', 7) : null)
    const queue = open()
    void queue.push(entry('accept', 'a'))
    await settle(6_900)
    expect(service.done).toEqual([])
    await settle(200)
    expect(service.done).toEqual(['accept:a'])
  })

  it('what was done is known before it is forgotten: the screen never goes back', async () => {
    const told: string[] = []
    const queue = new Queue({ store, user: () => user, send: it => service.take(it), done: () => told.push('done'), refused: () => {}, changed: now => told.push(String(now.length)) })
    queues.push(queue)
    void queue.push(entry('arrive', 'a'))
    await settle()
    expect(told.indexOf('done')).toBeGreaterThan(told.indexOf('1'))
    expect(told.lastIndexOf('0')).toBeGreaterThan(told.indexOf('done'))
    expect(told.slice(told.indexOf('1'), told.indexOf('done'))).not.toContain('0')
  })

  it('an answer that got lost does nothing twice', async () => {
    service.mood = asked => (asked === 1 ? 'lost' : null)
    const queue = open()
    void queue.push(entry('accept', 'a'))
    await settle(5_000)
    expect(service.asked).toBe(2)
    expect(service.done).toEqual(['accept:a'])
    expect(store.kept.size).toBe(0)
  })

  it('a silent call for help goes before all that waits', async () => {
    service.mood = () => Problem.unreachable()
    const queue = open()
    void queue.push(entry('depart', 'd'))
    void queue.push(entry('duress', 'h', { caseId: null }))
    await settle(10)
    service.mood = () => null
    void queue.flush()
    await settle()
    expect(service.done).toEqual(['duress:h', 'depart:d'])
  })

  it("another account of the same phone does not send somebody's actions, nor lose them", async () => {
    service.mood = () => Problem.unreachable()
    void open().push(entry('depart', 'd'))
    await settle()
    service.mood = () => null
    user = 'user_2'
    await open().open()
    await settle()
    expect(service.done).toEqual([])
    user = 'user_1'
    await open().open()
    await settle()
    expect(service.done).toEqual(['depart:d'])
  })

  it('a hundred actions on a bad line, the page killed five times: all there, once, in order', async () => {
    // Every third is done and its answer lost, every fifth never gets there.
    service.mood = asked => (asked % 5 === 0 ? Problem.unreachable() : asked % 3 === 0 ? 'lost' : null)
    let queue = open()
    const keys: string[] = []
    for (let n = 0; n < 100; n += 1) {
      keys.push(`check-in:k${n}`)
      void queue.push(entry('check-in', `k${n}`))
      await settle(n % 7)
      if (n % 20 === 19) {
        queue.close()
        queue = open()
        await queue.open()
      }
    }
    await settle(3_600_000)
    expect(service.done).toEqual(keys)
    expect(store.kept.size).toBe(0)
  })

  it('a photo waits with its file, goes in its turn under one key, and its file leaves with it', async () => {
    service.mood = () => Problem.unreachable()
    let queue = open()
    const file = new Blob(['photo'], { type: 'image/jpeg' })
    void queue.push(entry('arrive', 'a'))
    void queue.push(entry('photo', 'p'), file)
    void queue.push(entry('done', 'd'))
    await settle(ANSWER_WITHIN_MS)
    expect(store.files.get('p')).toBe(file)
    // The page is killed; the answer to the first sending gets lost.
    queue.close()
    service.mood = (_, it) => (it.act === 'photo' && !service.seen.has('p') ? 'lost' : null)
    queue = open()
    await queue.open()
    await settle(60_000)
    expect(service.done).toEqual(['arrive:a', 'photo:p', 'done:d'])
    expect([store.kept.size, store.files.size]).toEqual([0, 0])
  })

  it('what is refused takes its file from the phone as well', async () => {
    service.mood = (_, it) => (it.act === 'photo' ? new Problem('case_not_found', 404, '') : null)
    const queue = open()
    const outcome = queue.push(entry('photo', 'p'), new Blob(['photo']))
    await settle()
    expect((await outcome).state).toBe('refused')
    expect(refused).toEqual(['photo:case_not_found'])
    expect([store.kept.size, store.files.size]).toEqual([0, 0])
  })

  it('a plea for support stops a photo on its way; the photo goes again after it, once', async () => {
    let letGo: (() => void) | undefined
    let first = true
    const queue = new Queue({
      store, user: () => user, done: () => {}, refused: () => {}, changed: () => {}, giveWay: () => letGo?.(),
      send(it) {
        if (it.act !== 'photo' || !first) return service.take(it)
        first = false
        return new Promise((_, failed) => { letGo = () => failed(new DOMException('let go', 'AbortError')) })
      },
    })
    queues.push(queue)
    void queue.push(entry('photo', 'p'), new Blob(['photo']))
    await settle(2_000)
    void queue.push(entry('support', 's'))
    void queue.push(entry('done', 'd'))
    await settle(5_000)
    expect(service.done).toEqual(['support:s', 'photo:p', 'done:d'])
  })

  it('a photo for which the line is too slow lets the others pass, and goes when they are through', async () => {
    let slow = true
    service.mood = (_, it) => (it.act === 'photo' && slow ? new Problem(TOO_SLOW, 0, '') : null)
    const queue = open()
    void queue.push(entry('photo', 'p'), new Blob(['photo']))
    void queue.push(entry('contact-made', 'c'))
    void queue.push(entry('done', 'd'))
    await settle(5_000)
    expect(service.done).toEqual(['contact-made:c', 'done:d'])
    slow = false
    await settle(30_000)
    expect(service.done).toEqual(['contact-made:c', 'done:d', 'photo:p'])
  })

  it('nothing but support and a silent call passes a photo that the line can carry', () => {
    const all = (['photo', 'done', 'support'] as const).map((act, n) => ({ ...entry(act, act), id: n + 1 }))
    const next = (...acts: Entry['act'][]) => nextOf(all.filter(it => acts.includes(it.act)), new Set())?.act
    expect(next('photo', 'done', 'support')).toBe('photo')
    expect(next('photo', 'support')).toBe('support')
    expect(nextOf([...all, { ...entry('duress', 'x'), id: 9 }], new Set())?.act).toBe('duress')
    expect(nextOf([], new Set())).toBeUndefined()
  })
})
