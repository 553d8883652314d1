// good

import { limit } from '../base/good.js'

export interface Seam {
  after(delayMs: number, run: () => void): void
}

export const delayMaxMs = limit
