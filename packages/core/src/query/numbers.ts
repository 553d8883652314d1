/** Numbers being added up. */

import { CobnutError } from '../base/errors.js'
import { BigDecimal, Typed } from '../serialization/values.js'

export type AnyNumber = number | bigint | BigDecimal

/** Null for null. @throws CobnutError QUERY for what is no number */
export function numberIn(value: unknown): AnyNumber | null {
  const bare = value instanceof Typed ? value.value : value
  if (bare === null || bare === undefined) return null
  if (typeof bare === 'number' || typeof bare === 'bigint' || bare instanceof BigDecimal) return bare
  throw new CobnutError('QUERY', `${typeof bare === 'string' ? JSON.stringify(bare.slice(0, 40)) : 'a value'} is not a number`)
}

export const toDouble = (n: AnyNumber): number => Number(n instanceof BigDecimal ? n.toString() : n)

/** @throws CobnutError QUERY for a number that is not whole */
export function toWhole(n: AnyNumber): bigint {
  if (typeof n === 'bigint') return n
  const double = toDouble(n)
  if (!Number.isInteger(double)) throw new CobnutError('QUERY', `${n} is not a whole number`)
  return BigInt(double)
}

/** What is behind the point does not count. */
export function truncated(n: AnyNumber): bigint {
  if (typeof n === 'bigint') return n
  const double = Math.trunc(toDouble(n))
  return Number.isFinite(double) ? BigInt(double) : 0n
}

const scaleMax = 10_000

export function toDecimal(n: AnyNumber): BigDecimal {
  if (n instanceof BigDecimal) {
    if (Math.abs(n.scale) > scaleMax) throw new CobnutError('QUERY', `a decimal of scale ${n.scale} is not added up`)
    return n
  }
  if (typeof n === 'bigint') return new BigDecimal(n, 0)
  if (!Number.isFinite(n)) throw new CobnutError('QUERY', `${n} is not a decimal number`)
  const [mantissa = '0', exponent = '0'] = n.toString().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return new BigDecimal(BigInt(whole + fraction), fraction.length - Number(exponent))
}

const scaled = (n: BigDecimal, scale: number): bigint => n.unscaled * 10n ** BigInt(scale - n.scale)

export function addDecimals(a: BigDecimal, b: BigDecimal): BigDecimal {
  const scale = Math.max(a.scale, b.scale)
  return new BigDecimal(scaled(a, scale) + scaled(b, scale), scale)
}

const averageDigits = 16

/** Rounded towards zero behind 16 digits more than the sum has. */
export function averageOf(sum: BigDecimal, count: number): BigDecimal {
  let scale = Math.max(sum.scale, 0) + averageDigits
  let unscaled = scaled(sum, scale) / BigInt(count)
  while (scale > 0 && unscaled % 10n === 0n) {
    unscaled /= 10n
    scale--
  }
  return new BigDecimal(unscaled, scale)
}
