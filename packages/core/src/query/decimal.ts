/** Exact comparison of decimal numbers, without ever writing out a number that its scale makes long. */

import { BigDecimal } from '../serialization/values.js'

export function compareDecimals(a: BigDecimal, b: BigDecimal): number {
  const [signA, signB] = [signOf(a.unscaled), signOf(b.unscaled)]
  if (signA !== signB || signA === 0) return signA - signB
  const [sizeA, sizeB] = [size(a), size(b)]
  if (sizeA !== sizeB) return sizeA < sizeB ? -signA : signA
  // as many digits before the point: the texts compare like the numbers
  const [digitsA, digitsB] = [digits(a), digits(b)]
  return digitsA === digitsB ? 0 : digitsA < digitsB ? -signA : signA
}

/** The same text for the same number. */
export const decimalText = (n: BigDecimal): string =>
  n.unscaled === 0n ? '0' : `${n.unscaled < 0n ? '-' : ''}0.${digits(n)}e${size(n)}`

/** Null: the text is no number. */
export function parseDecimal(text: string): BigDecimal | null {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?\s*$/.exec(text)
  if (match === null) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return null
  const unscaled = BigInt(whole + fraction)
  return new BigDecimal(sign === '-' ? -unscaled : unscaled, fraction.length - Number(exponent))
}

const signOf = (n: bigint): number => (n === 0n ? 0 : n < 0n ? -1 : 1)

/** Digits before the point; below 1 for what is smaller than 0.1. */
const size = ({ unscaled, scale }: BigDecimal): number => absolute(unscaled).toString().length - scale

/** Without the zeros at the end, which say nothing. */
function digits({ unscaled }: BigDecimal): string {
  const text = absolute(unscaled).toString()
  let end = text.length
  while (end > 1 && text[end - 1] === '0') end--
  return text.slice(0, end)
}

const absolute = (n: bigint): bigint => (n < 0n ? -n : n)
