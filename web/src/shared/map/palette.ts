// The map's colours in both themes, and the marks drawn on it. A shape is a state, a colour a tier: told apart without colour too.
export interface Palette {
  ground: string, built: string, green: string, building: string, buildingEdge: string, water: string, waterText: string, path: string, minor: string, minorEdge: string, major: string, majorEdge: string, text: string, textSoft: string, halo: string
  band: string, bandLine: string
}

export const PALETTES: Record<'light' | 'dark', Palette> = {
  light: {
    ground: '#eef1ec', built: '#e4e6df', green: '#d3e6cd', building: '#d3d3cb', buildingEdge: '#bdbdb3', water: '#a9cfe8', waterText: '#2b5f85', path: '#cfd5cb', minor: '#ffffff', minorEdge: '#bcc5bb', major: '#fde9b3', majorEdge: '#caa95c', text: '#22303c', textSoft: '#4a5a67', halo: '#ffffff',
    band: '#1c6fc0', bandLine: '#14559a',
  },
  dark: {
    ground: '#141b21', built: '#19222a', green: '#1a2c24', building: '#26323c', buildingEdge: '#33414d', water: '#1f4560', waterText: '#8ab9da', path: '#26313a', minor: '#35434f', minorEdge: '#0e1419', major: '#5c512f', majorEdge: '#0e1419', text: '#dfe8ef', textSoft: '#a9b8c5', halo: '#0c1218',
    band: '#4d9fee', bandLine: '#7db9f5',
  },
}

export const TIER_COLOUR = { home: '#7b3fa0', grid: '#00796b', street: '#1e5fa8' } as const
export const SEVERITY_COLOUR = { critical: '#c62828', urgent: '#d9660a', routine: '#b08900', technical: '#2f74b5' } as const
export type Standing = 'free' | 'asked' | 'coming' | 'there' | 'off'

/** Paths in a box of 24 around its middle. */
const SHAPE: Record<Standing, string> = {
  free: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z',
  asked: 'M12 2 22 12 12 22 2 12z',
  coming: 'M12 1.500 22 20.500 12 16 2 20.500z',
  there: 'M4 4h16v16H4z',
  off: 'M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10z',
}
const CASE_SHAPE = { critical: 'M8 2h8l6 6v8l-6 6H8l-6-6V8z', urgent: 'M12 1.500 23 21.500H1z', routine: 'M3 3h18v18H3z', technical: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z' } as const
const CASE_SIGN = { critical: 'M10.700 6h2.600v8h-2.600zM10.700 15.500h2.600V18h-2.600z', urgent: 'M10.700 9h2.600v6.500h-2.600zM10.700 17h2.600v2.300h-2.600z', routine: 'M7.500 10.700h9v2.600h-9z', technical: 'M10.700 10.500h2.600v7h-2.600zM10.700 6.500h2.600V9h-2.600z' } as const

const RATIO = 2

function draw(size: number, paint: (pen: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size * RATIO
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (!pen) return new ImageData(size * RATIO, size * RATIO)
  pen.scale((size * RATIO) / 28, (size * RATIO) / 28)
  pen.translate(2, 2)
  paint(pen)
  return pen.getImageData(0, 0, size * RATIO, size * RATIO)
}

/** Every mark by its name: `responder-free-grid`, `…-old` (hatched: the position is old), `case-critical`. */
export function marks(): { name: string, image: ImageData, ratio: number }[] {
  const all: { name: string, image: ImageData, ratio: number }[] = []
  for (const standing of Object.keys(SHAPE) as Standing[]) {
    for (const tier of Object.keys(TIER_COLOUR) as (keyof typeof TIER_COLOUR)[]) {
      for (const old of [false, true]) {
        const size = standing === 'off' ? 14 : standing === 'free' ? 18 : 24
        const image = draw(size, pen => {
          const path = new Path2D(SHAPE[standing])
          pen.lineJoin = 'round'
          pen.lineWidth = 4.500
          pen.strokeStyle = '#101820'
          pen.stroke(path)
          pen.lineWidth = 3
          pen.strokeStyle = '#ffffff'
          pen.stroke(path)
          pen.fillStyle = standing === 'off' ? '#c3ccd4' : TIER_COLOUR[tier]
          pen.fill(path)
          if (!old) return
          pen.clip(path)
          pen.strokeStyle = '#ffffff'
          pen.lineWidth = 2.200
          for (let x = -24; x < 48; x += 6) {
            pen.beginPath()
            pen.moveTo(x, 26)
            pen.lineTo(x + 26, 0)
            pen.stroke()
          }
        })
        all.push({ name: `responder-${standing}-${tier}${old ? '-old' : ''}`, image, ratio: RATIO })
      }
    }
  }
  for (const severity of Object.keys(CASE_SHAPE) as (keyof typeof CASE_SHAPE)[]) {
    const image = draw(severity === 'technical' ? 18 : 26, pen => {
      const path = new Path2D(CASE_SHAPE[severity])
      pen.lineJoin = 'round'
      pen.lineWidth = 4.500
      pen.strokeStyle = '#101820'
      pen.stroke(path)
      pen.lineWidth = 3
      pen.strokeStyle = '#ffffff'
      pen.stroke(path)
      pen.fillStyle = SEVERITY_COLOUR[severity]
      pen.fill(path)
      pen.fillStyle = '#ffffff'
      pen.fill(new Path2D(CASE_SIGN[severity]))
    })
    all.push({ name: `case-${severity}`, image, ratio: RATIO })
  }
  all.push({ name: 'hatch', image: hatch(), ratio: RATIO })
  return all
}

/** Slanted lines that go on from one square to the next: where nobody can come in time. */
function hatch(): ImageData {
  const size = 12
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size * RATIO
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (!pen) return new ImageData(size * RATIO, size * RATIO)
  pen.scale(RATIO, RATIO)
  pen.fillStyle = 'rgba(198, 40, 40, 0.100)'
  pen.fillRect(0, 0, size, size)
  pen.strokeStyle = 'rgba(198, 40, 40, 0.750)'
  pen.lineWidth = 2
  for (const x of [-size, 0, size]) {
    pen.beginPath()
    pen.moveTo(x - 2, size + 2)
    pen.lineTo(x + size + 2, -2)
    pen.stroke()
  }
  return pen.getImageData(0, 0, size * RATIO, size * RATIO)
}

/** The same marks for a legend. */
export const LEGEND_SHAPES = SHAPE
