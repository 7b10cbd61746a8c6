// The district's board: streets that report over real lines, one of them cut, and a case that is handed up, rings, and is answered.
import type { Page } from '@playwright/test'
import { AxeBuilder } from './axe'
import { expect, shot, test } from './kit'
import type { Street } from './street'

test.use({ testIdAttribute: 'data-test' })

interface Let { id: string, key: string }
const id = (prefix: string, n: number) => `${prefix}_${n.toString(16).padStart(32, '0')}`

/** A street's end of the line, spoken from a page of the same host: says hello and everything that is open, and keeps it. */
async function line(page: Page, of: Let, frames: object[]) {
  await page.evaluate(async ([node, key, all]) => {
    const socket = new WebSocket(location.origin.replace('http', 'ws') + '/api/v1/link')
    const said: { type: string, answer?: string }[] = []
    const next = (wanted: string) => new Promise<void>((done, failed) => {
      const look = () => (said.some(it => it.type === wanted) ? done() : setTimeout(look, 20))
      socket.addEventListener('close', it => failed(new Error(`closed with ${it.code}`)))
      look()
    })
    socket.onmessage = it => {
      const frame = JSON.parse(it.data)
      said.push(frame)
      if (frame.type === 'answer') socket.send(JSON.stringify({ type: 'answered', answer: frame.answer }))
    }
    await new Promise(done => { socket.onopen = done })
    socket.send(JSON.stringify({ type: 'hello', version: 1, node, key, epoch: '00000000-0000-0000-0000-000000000001', heads: { s: 9 } }))
    await next('welcome')
    for (const it of all) {
      said.splice(0)
      socket.send(JSON.stringify(it))
      await next('taken')
    }
    const lines = ((window as unknown as { lines: Record<string, WebSocket> }).lines ??= {})
    lines[node] = socket
    setInterval(() => { if (socket.readyState === 1) socket.send('{"type":"ping"}') }, 5_000)
  }, [of.id, of.key, frames] as const)
}
const cut = (page: Page, of: Let) => page.evaluate(node => (window as unknown as { lines: Record<string, WebSocket> }).lines[node]?.close(), of.id)

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
function told(n: number, more: object = {}) {
  return { case: id('case', n), version: 3, number: `20260225-120114001-${String(n).padStart(4, '0')}`, kind: 'sos', severity: 'critical', state: 'ringing', tier: 'street', opened_at: ago(200 + n), unanswered: true, ...more }
}
const figures = (more: object = {}) => ({ at: ago(5), critical: 0, urgent: 0, routine: 0, unanswered: 0, on_duty: 34, busy: 5, calls_today: 17, to_accept: { cases: 15, p50_s: 41, p90_s: 160 }, to_arrive: { cases: 12, p50_s: 412, p90_s: 790 }, due_at_door: 12, in_time: 11, ...more })

async function letIn(street: Street, label: string, areas: string[]): Promise<Let> {
  return street.post<Let>('/api/v1/district/streets', { label, areas }, 'admin')
}
/** Areas of the demo street: its communities stand for streets here. */
async function communities(street: Street): Promise<string[]> {
  const found = await street.get<{ items: { code: string, level: string }[] }>('/api/v1/areas', 'admin')
  return found.items.filter(it => it.code.length === 12).map(it => it.code)
}

test('the board follows its streets, one of them through a cut line, and answers what is handed up', async ({ desk, street, context }) => {
  const areas = await communities(street)
  const lines = await context.newPage()
  await lines.goto(`${street.base}/console`)
  const [a, b, c] = await Promise.all(['杨村街道', '徐官屯街道', '下朱庄街道'].map((label, n) => letIn(street, label, [areas[n % areas.length] ?? ''])))
  if (!a || !b || !c) throw new Error('three streets')
  const handup = { referral: id('ref', 7), at: ago(60), standing: 'waiting', arrived: false, reason: '三人被困电梯，请求调集专业救援队。' }
  await line(lines, a, [
    { type: 'cases', seq: 1, cases: [told(1, { handed_up: [handup] }), told(2), told(3, { unanswered: false, state: 'engaged', door_late: true }), told(4, { severity: 'urgent', kind: 'inactivity', unanswered: false })] },
    { type: 'whole', seq: 2, heads: { s: 9 } }, { type: 'figures', seq: 3, figures: figures() },
  ])
  await line(lines, b, [{ type: 'cases', seq: 1, cases: [told(11, { kind: 'smoke', unanswered: false, state: 'on_scene' })] }, { type: 'whole', seq: 2, heads: { s: 9 } }, { type: 'figures', seq: 3, figures: figures({ on_duty: 12, busy: 2, calls_today: 3, in_time: 3, due_at_door: 3 }) }])

  // It rings on the desk, whoever sits there, and leads to the board.
  await desk.reload()
  const bar = desk.getByTestId('district-rings')
  await expect(bar).toContainText('杨村街道')
  await expect(desk.getByTestId('sound')).toHaveAttribute('data-ringing', 'critical')
  await shot(desk, 'district-desk')
  await desk.getByTestId('to-district-bar').click()
  const tile = (of: Let) => desk.locator(`[data-street="${of.id}"]`)
  await expect(tile(a).getByTestId('critical')).toHaveText('3')
  await expect(tile(a).getByTestId('unanswered')).toHaveText('2')
  await expect(tile(a)).toHaveClass(/rings/)
  await expect(tile(c)).toHaveAttribute('data-link', 'never')
  await expect(tile(c).getByTestId('critical')).toHaveText('–')
  expect(await desk.locator('[data-street]').first().getAttribute('data-street')).toBe(a.id)

  // Cut off is said, and what was known before stays.
  await cut(lines, b)
  await expect(tile(b)).toHaveAttribute('data-link', 'cut_off')
  await expect(tile(b).getByTestId('stale')).toBeVisible()
  await expect(tile(b).getByTestId('critical')).toHaveText('1')
  await desk.getByTestId(`cases-${a.id}`).click()
  await expect(desk.getByTestId('street-cases')).toContainText('#0001')
  for (const [width, height] of [[1440, 900], [1920, 1080], [360, 740]] as const) {
    await desk.setViewportSize({ width, height })
    await shot(desk, `district-${width}`, true)
    const wide = await desk.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(wide, `${width}: nothing lies beyond the edge`).toBeLessThanOrEqual(0)
  }
  await desk.setViewportSize({ width: 1440, height: 900 })
  expect(await new AxeBuilder(desk).serious()).toEqual([])

  // Read, answered, and known to have landed.
  await desk.locator('[data-act=open-handup]').click()
  const dialog = desk.getByRole('dialog')
  await expect(dialog.getByTestId('handup-reason')).toContainText('三人被困电梯')
  await dialog.locator('[data-answer=taken]').check()
  await dialog.getByTestId('answer-send').click()
  await expect(dialog).toContainText('请填写内容')
  await dialog.getByTestId('answer-text').fill('消防支队专业队已出发，12 分钟到。')
  await dialog.getByTestId('answer-by').fill('区指挥中心 李')
  await dialog.getByTestId('answer-send').click()
  await expect(dialog.getByTestId('handup-said')).toContainText('区指挥中心 李: 消防支队专业队已出发')
  await expect(dialog.getByTestId('handup-said')).toContainText('已送达街道')
  await shot(desk, 'district-handup')
  expect(await new AxeBuilder(desk).serious()).toEqual([])
  await desk.keyboard.press('Escape')
  await expect(desk.locator('[data-handup]')).not.toHaveClass(/rings/)

  // The other language and theme.
  await desk.evaluate(() => { localStorage.setItem('ecd.language', 'en'); localStorage.setItem('ecd.theme', 'dark') })
  await desk.reload()
  await expect(tile(b)).toContainText('Cut off')
  await expect(desk.locator('[data-handup]')).toContainText('The district acts')
  for (const [width, height] of [[1440, 900], [1920, 1080], [360, 740]] as const) {
    await desk.setViewportSize({ width, height })
    await shot(desk, `district-${width}-en-dark`, true)
  }
  await desk.setViewportSize({ width: 1440, height: 900 })
  expect(await new AxeBuilder(desk).serious()).toEqual([])
  await desk.evaluate(() => { localStorage.removeItem('ecd.language'); localStorage.removeItem('ecd.theme') })
})
