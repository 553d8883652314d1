/** Dates and times as they lie inside of other values. */

import type { DataInput } from './data-input.js'
import { LocalDate, LocalDateTime, LocalTime, OffsetDateTime } from './values.js'

export const readDate = (input: DataInput): LocalDate => new LocalDate(input.int32(), input.int8(), input.int8())

export const readTime = (input: DataInput): LocalTime => new LocalTime(input.int8(), input.int8(), input.int8(), input.int32())

export const readDateTime = (input: DataInput): LocalDateTime => new LocalDateTime(readDate(input), readTime(input))

export const readOffsetDateTime = (input: DataInput): OffsetDateTime => new OffsetDateTime(readDateTime(input), input.int32())
