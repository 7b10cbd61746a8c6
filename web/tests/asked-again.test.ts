import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const URL = 'http://street/api/v1/practice'
const answers: Response[] = []
const asked: { url: string, tag: string | null }[] = []

/** The page as it stands after a load: what it keeps is in its memory. */
async function page() {
  vi.resetModules()
  const { api, body } = await import('@/shared/api/client')
  const { useSession } = await import('@/shared/api/session')
  return { ask: () => body(api.GET('/api/v1/practice', { baseUrl: 'http://street' } as never)) as Promise<unknown>, session: useSession() }
}
const full = (what: unknown, tag: string) => new Response(JSON.stringify(what), { status: 200, headers: { etag: tag, 'content-type': 'application/json' } })

describe('what is asked for again and again', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    answers.length = 0
    asked.length = 0
    vi.stubGlobal('fetch', (request: Request) => {
      asked.push({ url: request.url, tag: request.headers.get('if-none-match') })
      return Promise.resolve(answers.shift())
    })
  })
  afterEach(() => { vi.unstubAllGlobals() })

  it('is asked for with the tag of the last answer, and 304 is that answer', async () => {
    const { ask } = await page()
    answers.push(full({ n: 1 }, '"a"'), new Response(null, { status: 304 }), full({ n: 2 }, '"b"'), new Response(null, { status: 304 }))
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual([{ n: 1 }, { n: 1 }, { n: 2 }, { n: 2 }])
    expect(asked.map(it => it.tag)).toEqual([null, '"a"', '"a"', '"b"'])
    expect(asked[0]?.url).toBe(URL)
  })
  it('is kept for one account: the next who signs in on the page asks anew', async () => {
    const { ask, session } = await page()
    session.me = { user_id: 'one' } as never
    answers.push(full({ n: 1 }, '"a"'), full({ n: 2 }, '"b"'))
    await ask()
    session.me = { user_id: 'two' } as never
    expect(await ask()).toEqual({ n: 2 })
    expect(asked.map(it => it.tag)).toEqual([null, null])
  })
})
