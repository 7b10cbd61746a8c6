// What a device has said, in lines that a person can read. What is not known by name is shown as it came: nothing is left out.

export interface Said { name: string, value: string }

/** Which language and by what way: shown in one line, not among the figures. */
const WAYS = ['protocol', 'push', 'broker', 'link'] as const
/** Shown elsewhere, or of no use to a desk. */
const APART = new Set<string>([...WAYS, 'said', 'payload'])
/** Figures and what stands behind them. */
const UNITS: Record<string, string> = {
  battery_percent: ' %', signal_percent: ' %', oxygen_percent: ' %', low_percent: ' %', temperature_c: ' °C', pulse: '/min', litres: ' L', drawn_l: ' L', hours: ' h', minutes: ' min',
  beat_s: ' s', silent_s: ' s', accuracy_m: ' m',
}

function text(name: string, value: unknown): string {
  if (name === 'pressure_mmhg' && Array.isArray(value)) return `${value.join('/')} mmHg`
  if (typeof value === 'number') return `${Math.round(value * 10) / 10}${UNITS[name] ?? ''}`
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  return JSON.stringify(value)
}

/** A reading as names and values; what stands within another is named by both (`last.place`). */
export function figures(reading: unknown, above = ''): Said[] {
  if (!reading || typeof reading !== 'object' || Array.isArray(reading)) return []
  return Object.entries(reading).flatMap(([name, value]) => {
    if (value === null || value === '' || (above === '' && APART.has(name))) return []
    const whole = above ? `${above}.${name}` : name
    if (typeof value === 'object' && !Array.isArray(value)) return figures(value, whole)
    return [{ name: whole, value: text(name, value) }]
  })
}

/** By which way it came: `watch`, `onenet`, `mqtt` and the like. */
export function way(reading: unknown): string {
  const it = (reading ?? {}) as Record<string, unknown>
  return WAYS.map(name => it[name]).filter(one => typeof one === 'string').join(' · ')
}
