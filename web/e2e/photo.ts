// A photo as a phone takes it: large, and with the place where it was taken written beside it.
import type { Page } from '@playwright/test'

/** A JPEG that draws, with GPS tags in EXIF. Sharp in every pixel, so that it is as large as a camera's. */
export async function photoOfAPhone(page: Page, width = 2_400, height = 1_800): Promise<Buffer> {
  const base64 = await page.evaluate(async ([w, h]) => {
    const canvas = document.createElement('canvas')
    canvas.width = w
    canvas.height = h
    const on = canvas.getContext('2d') as CanvasRenderingContext2D
    on.fillStyle = '#b9a78c'
    on.fillRect(0, 0, w, h)
    on.fillStyle = '#5b4632'
    on.fillRect(w * 0.36, h * 0.12, w * 0.28, h * 0.88)
    for (let n = 0; n < 9_000; n += 1) {
      on.fillStyle = `hsl(${(n * 47) % 360} 40% ${30 + (n % 50)}%)`
      on.fillRect((n * 7919) % w, (n * 104729) % h, 9, 5)
    }
    const blob = await new Promise<Blob | null>(done => canvas.toBlob(done, 'image/jpeg', 0.95))
    const bytes = new Uint8Array(await (blob as Blob).arrayBuffer())
    let text = ''
    for (const it of bytes) text += String.fromCharCode(it)
    return btoa(text)
  }, [width, height] as const)
  const plain = Buffer.from(base64, 'base64')
  return Buffer.concat([plain.subarray(0, 2), exif(), plain.subarray(2)])
}

/** APP1 with a latitude and a longitude, as TIFF 6.0 and Exif 2.3 have them. */
function exif(): Buffer {
  const u16 = (it: number) => [it >> 8, it & 255]
  const u32 = (it: number) => [0, 0, it >> 8, it & 255]
  const field = (tag: number, kind: number, count: number, value: number[]) => [...u16(tag), ...u16(kind), ...u32(count), ...value]
  const ascii = (letter: string) => [letter.charCodeAt(0), 0, 0, 0]
  const rational = (...all: number[]) => all.flatMap(it => [...u32(it), ...u32(1)])
  const tiff = [
    ...[...'MM'].map(it => it.charCodeAt(0)), ...u16(42), ...u32(8),
    ...u16(1), ...field(0x8825, 4, 1, u32(26)), ...u32(0),
    ...u16(4), ...field(1, 2, 2, ascii('N')), ...field(2, 5, 3, u32(80)), ...field(3, 2, 2, ascii('E')), ...field(4, 5, 3, u32(104)), ...u32(0),
    ...rational(39, 23, 14), ...rational(117, 2, 0),
  ]
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), Buffer.from(tiff)])
  return Buffer.concat([Buffer.from([0xff, 0xe1, ...u16(body.length + 2)]), body])
}
