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

/** A station's sign in the same box, white on its ground. What helps at once has the green of first aid. */
export const STATION_SIGN = {
  health_station: 'M10 5h4v5h5v4h-5v5h-4v-5H5v-4h5z',
  hospital: 'M6 5h3v5.500h6V5h3v14h-3v-5.500H9V19H6z',
  pharmacy: 'M4.500 14 14 4.500a4 4 0 0 1 5.500 5.500L10 19.500A4 4 0 0 1 4.500 14zm6-3.500 3 3 4.500-4.500a2 2 0 0 0-3-3z',
  canteen: 'M7 4v6a2 2 0 0 0 1.500 1.900V20h2v-8.100A2 2 0 0 0 12 10V4h-1v5h-1V4H9v5H8V4zm8 0c-1.500 1-2 3-2 5v3h2v8h2V4z',
  day_care: 'M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm-1 2h2v4.500l3 1.800-1 1.700-4-2.400z',
  care_home: 'M12 4 20 11h-2v8h-4v-5h-4v5H6v-8H4z',
  home_service: 'M15 4a5 5 0 0 0-4.700 6.700L4.500 16.500 7.500 19.500l5.800-5.800A5 5 0 0 0 19.700 7.300L16.500 10.500 13.500 7.500 16.700 4.300A5 5 0 0 0 15 4z',
  police_post: 'M12 4 19 6.500V12c0 4-3 6.500-7 8-4-1.500-7-4-7-8V6.500z',
  fire_post: 'M12 3.500c.500 3.500 5 5 5 10a5 5 0 0 1-10 0c0-2 1-3.500 2-4.500.300 1.500 1 2 1.500 2 .500-2-.500-4.500 1.500-7.500z',
  aed: 'M12 20C6 15.500 4 12.500 4 9.500A4.300 4.300 0 0 1 12 7.300a4.300 4.300 0 0 1 8 2.200c0 3-2 6-8 10.500zm.500-11L9 13.500h2.500L11 17l3.500-4.500H12z',
  command_centre: 'M12 3.500 14.500 9l6 .700-4.400 4.100 1.200 6L12 16.800 6.700 19.800l1.200-6L3.500 9.700l6-.700z',
} as const
export type StationKind = keyof typeof STATION_SIGN
export const stationColour = (kind: StationKind) => (kind === 'aed' ? '#1b6b34' : '#37474f')

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
  for (const kind of Object.keys(STATION_SIGN) as StationKind[]) {
    const image = draw(20, pen => {
      pen.beginPath()
      pen.roundRect(0, 0, 24, 24, 6)
      pen.lineWidth = 2.500
      pen.strokeStyle = '#ffffff'
      pen.stroke()
      pen.fillStyle = stationColour(kind)
      pen.fill()
      pen.fillStyle = '#ffffff'
      pen.fill(new Path2D(STATION_SIGN[kind]), 'evenodd')
    })
    all.push({ name: `station-${kind}`, image, ratio: RATIO })
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
