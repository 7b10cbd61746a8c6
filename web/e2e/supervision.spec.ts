// Devices that speak by themselves: a watch on a line of its own, its charge and its last signal on the elder's card, the wall's figure; and
// the bar over the console when the service's own alarm does not come through.
import { connect } from 'node:net'
import { expect, freePort, row, signIn, test } from './kit'

test.use({ testIdAttribute: 'data-test' })

test('a watch with an empty battery is a technical case, and its elder\'s card says what the watch said', async ({ page, street, wrongs: _ }) => {
  await street.clear()
  const elder = street.logins.devices.find(it => it.elder_id)?.elder_id ?? ''
  const { code } = await street.get<{ code: string }>(`/api/v1/elders/${elder}`)
  street.command('device', 'add', 'W-1', '--kind', 'watch', '--elder', code, '--protocol', 'watch', '--terminal', '8800000015', '--beat-s', '600', '--crs', 'wgs84')
  const port = await freePort()
  await street.kill()
  try {
    await street.start({ ECD_INTAKE__TCP__WATCH__LISTEN: `127.0.0.1:${port}`, ECD_SUPERVISION__EVERY_S: '1' })
    await signIn(page, street)
    const watch = connect({ port, host: '127.0.0.1' })
    const answered = new Promise(done => watch.once('data', done))
    watch.write('[3G*8800000015*0009*LK,0,0,12]')
    await answered
    await expect(page.locator('[data-test=row]').filter({ hasText: '电量低' })).toBeVisible({ timeout: 20_000 })
    const { items } = await street.get<{ items: { id: string, kind: string, lane: string }[] }>('/api/v1/cases?open=true&lane=technical')
    const low = items.filter(it => it.kind === 'low_battery')
    expect(low).toHaveLength(1)
    await row(page, low[0]?.id ?? '').click()
    await page.locator('#tab-elder').click()
    const device = page.locator('[data-device="W-1"]')
    await expect(device.getByTestId('presence')).toHaveText('在线')
    await expect(device.getByTestId('battery')).toHaveText('电量低 12%')
    await expect(device.getByTestId('heard')).toContainText('最近信号')
    // On the wall it is one that is there.
    const { link } = await street.post<{ link: string }>('/api/v1/walls', { label: '大厅' }, 'leader')
    await page.goto(link)
    await expect(page.getByTestId('online')).toHaveText('100%')
    watch.destroy()
  } finally {
    await street.kill()
    await street.start()
  }
})

for (const [language, words] of [['zh-CN', '服务自检报警未能送达'], ['en', 'own alarm has not come through']] as const) {
  test(`the console says in ${language} that the service's own alarm does not come through`, async ({ page, street, wrongs: _ }) => {
    await page.addInitScript(l => localStorage.setItem('ecd.language', l), language)
    let fails = false
    // The service says so in its pings; here as it would.
    await page.routeWebSocket(/\/api\/v1\/live/, socket => {
      const server = socket.connectToServer()
      server.onMessage(text => {
        const frame = JSON.parse(String(text)) as { type: string, now: string, alarms_fail_since?: string }
        if (frame.type === 'ping' && fails) frame.alarms_fail_since = frame.now
        socket.send(JSON.stringify(frame))
      })
    })
    const it = await street.ring('sos')
    await page.addInitScript(() => { sessionStorage.setItem('ecd.soundTested', 'true') })
    await signIn(page, street)
    await expect(row(page, it.id)).toBeVisible()
    const where = async () => (await page.getByTestId('rows').boundingBox())?.y
    const before = await where()
    fails = true
    await expect(page.getByTestId('alarm-bar')).toContainText(words)
    // It may stand for hours: at the foot, where it moves no row and lies over none.
    expect(await where()).toBe(before)
    const [list, bar] = [await page.getByTestId('rows').boundingBox(), await page.getByTestId('alarm-bar').boundingBox()]
    expect((list?.y ?? 0) + (list?.height ?? 0)).toBeLessThanOrEqual(bar?.y ?? 0)
    fails = false
    await expect(page.getByTestId('alarm-bar')).toBeHidden()
  })
}
