// A photo as it may leave the phone: at most 1600 pixels and 400 KB, drawn anew, so that nothing of what the camera wrote beside
// it (place, time, owner, a thumbnail) is in it.
export const EDGE_MAX_PX = 1_600
export const BYTES_MAX = 400 * 1024

const EDGES = [EDGE_MAX_PX, 1_280, 1_024, 800, 640] as const
const QUALITIES = [0.82, 0.68, 0.5] as const

/** Width and height with the longest edge cut to `edge`; never enlarged. */
export function fit(width: number, height: number, edge: number): [number, number] {
  const by = Math.min(1, edge / Math.max(width, height))
  return [Math.max(1, Math.round(width * by)), Math.max(1, Math.round(height * by))]
}

/** Draws at one size and packs at one quality. */
export type Pack = (width: number, height: number, quality: number) => Promise<Blob | null>

/** The best that is small enough: first less quality, then fewer pixels. */
export async function smallEnough(width: number, height: number, pack: Pack): Promise<Blob> {
  for (const edge of EDGES) {
    for (const quality of QUALITIES) {
      const it = await pack(...fit(width, height, edge), quality)
      if (it && it.type === 'image/jpeg' && it.size <= BYTES_MAX) return it
    }
  }
  throw new Error('this photo does not become small enough')
}

/** Throws when the file is no image that this phone can read. */
export async function shrink(file: Blob): Promise<Blob> {
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' })
  try {
    const canvas = document.createElement('canvas')
    return await smallEnough(image.width, image.height, (width, height, quality) => {
      canvas.width = width
      canvas.height = height
      canvas.getContext('2d')?.drawImage(image, 0, 0, width, height)
      return new Promise(done => canvas.toBlob(done, 'image/jpeg', quality))
    })
  } finally {
    image.close()
  }
}
