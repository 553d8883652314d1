/** Figures as people read them. Pure. */

export const count = (n: number): string => Math.round(n).toLocaleString('en-US')

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function bytes(n: number): string {
  let unit = 0
  let value = n
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${byteUnits[unit]}`
}

/** `1.2 s`, `3:07`, `5:00:12`, `2 d 04:11`. */
export function duration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const two = (n: number): string => String(n).padStart(2, '0')
  const seconds = Math.floor(ms / 1000)
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60]
  if (days > 0) return `${days} d ${two(hours)}:${two(minutes)}`
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

export const clockTime = (at: Date): string => at.toTimeString().slice(0, 8)

export const plural = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? '' : 's'}`
