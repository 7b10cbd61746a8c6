// The call dialog against a line that the test plays: the desk's telephone is chosen once, no number is on the screen, what the line
// reports shows as it comes, the key hangs up, and the voice keys take the result.
import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { expect, row, shot, signIn, test as base } from './kit'
import { Street } from './street'

const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

/** A line that takes every call and reports what it is told to. */
class Line {
  asked: { type: string, data: Record<string, unknown> }[] = []
  private server: Server | undefined
  url = ''
  async start() {
    this.server = createServer((request, answer) => {
      let text = ''
      request.on('data', it => { text += it })
      request.on('end', () => {
        this.asked.push(JSON.parse(text))
        answer.setHeader('content-type', 'application/json').end('{"id":"line-1"}')
      })
    })
    await new Promise<void>(done => this.server?.listen(0, '127.0.0.1', done))
    const at = this.server.address()
    if (typeof at !== 'object' || !at) throw new Error('no port')
    this.url = `http://127.0.0.1:${at.port}/calls`
  }
  stop() { this.server?.close() }
  of(type: string) { return this.asked.filter(it => it.type === type) }
  async says(street: Street, status: string, more: object = {}) {
    const call = this.asked.filter(it => it.type !== 'call.hang_up').at(-1)
    const body = JSON.stringify({ type: 'call.status', data: { call_id: call?.data.call_id, status, ...more } })
    const at = Math.floor(Date.now() / 1_000).toString()
    const signature = createHmac('sha256', Buffer.from(SECRET, 'base64')).update(`m1.${at}.${body}`).digest('base64')
    const answer = await fetch(`${street.base}/api/v1/phone/callbacks/http`, {
      method: 'POST', body, headers: { 'content-type': 'application/json', 'webhook-id': 'm1', 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` },
    })
    expect(answer.status).toBe(200)
  }
}

const test = base.extend<object, { called: { street: Street, line: Line } }>({
  called: [async ({}, use) => {
    const [street, line] = [new Street(), new Line()]
    await line.start()
    await street.start()
    await street.kill('SIGTERM')
    await street.start({
      ECD_TELEPHONY__HTTP__URL: line.url, ECD_TELEPHONY__HTTP__SECRET: `whsec_${SECRET}`, ECD_TELEPHONY__DESKS: '["8001=1号席", "8002=2号席"]',
      ECD_TELEPHONY__CHECK__AFTER_S: '5',
    })
    await use({ street, line })
    await street.end()
    line.stop()
  }, { scope: 'worker', timeout: 180_000 }],
})
test.use({ testIdAttribute: 'data-test' })

for (const language of ['zh-CN', 'en']) {
  test(`a call from the desk, in ${language}`, async ({ page, called }) => {
    const { street, line } = called
    line.asked = []
    await page.addInitScript(it => { localStorage.setItem('ecd.language', it) }, language)
    await signIn(page, street)
    const it = await street.report((await street.get<{ items: { id: string, contact_mode: string }[] }>('/api/v1/elders?limit=50')).items.find(e => e.contact_mode === 'voice')!.id, 'sos')
    await street.post(`/api/v1/cases/${it.id}/take`, {})
    await row(page, it.id).click()
    await page.locator('[data-act=call]').first().click()
    await page.getByTestId('desk-phone').selectOption('8002')
    await shot(page, `call-before-${language}`)
    await page.getByTestId('call-elder').click()
    const dialog = page.getByTestId('dialog')
    const state = dialog.getByTestId('call-line')
    await expect(state).toHaveAttribute('data-state', 'asked')
    const joined = line.of('call.bridge').at(-1)?.data
    expect(joined?.desk).toBe('8002')
    expect(await page.locator('body').innerText()).not.toContain(String(joined?.to))
    await line.says(street, 'ringing')
    await expect(state).toHaveAttribute('data-state', 'ringing')
    await line.says(street, 'answered')
    await expect(state).toHaveAttribute('data-state', 'answered')
    await shot(page, `call-answered-${language}`)
    await line.says(street, 'held')
    await expect(state).toHaveAttribute('data-state', 'held')
    await shot(page, `call-held-${language}`)
    // A voice result is taken while the call goes on, and the key hangs up.
    await page.keyboard.press('h')
    await expect.poll(async () => (await street.get<{ voice?: string }>(`/api/v1/cases/${it.id}`)).voice).toBe('needs_help')
    await dialog.getByTestId('hang-up').click()
    await expect(state).toHaveAttribute('data-state', 'ended')
    await expect.poll(() => line.of('call.hang_up').length).toBe(1)
    // Chosen once, it stays.
    await page.reload()
    await row(page, it.id).click()
    await page.locator('[data-act=call]').first().click()
    await expect(page.getByTestId('desk-phone')).toHaveValue('8002')
  })

  test(`what an automatic call has found stands beside the case, in ${language}`, async ({ page, called }) => {
    const { street, line } = called
    line.asked = []
    await page.addInitScript(it => { localStorage.setItem('ecd.language', it) }, language)
    await signIn(page, street)
    const elders = (await street.get<{ items: { id: string, contact_mode: string }[] }>('/api/v1/elders?limit=200')).items.filter(e => e.contact_mode === 'voice')
    const it = await street.report(elders[language === 'en' ? 11 : 12]!.id, 'fall')
    await row(page, it.id).click()
    await expect.poll(() => line.of('call.ask').length, { timeout: 20_000 }).toBe(1)
    const state = page.getByTestId('acts').getByTestId('call-line')
    await line.says(street, 'ringing')
    await expect(state).toHaveAttribute('data-state', 'ringing')
    await line.says(street, 'key', { digit: '1' })
    await line.says(street, 'completed')
    await expect(state).toHaveClass(/marked/)
    await shot(page, `call-check-${language}`)
    expect((await street.get<{ state: string }>(`/api/v1/cases/${it.id}`)).state).toBe('ringing')
  })
}
