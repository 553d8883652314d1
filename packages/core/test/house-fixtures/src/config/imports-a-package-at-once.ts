// rooms: packages-lazily

import { parse } from 'yaml'

export const parsed = (text: string): unknown => parse(text)
