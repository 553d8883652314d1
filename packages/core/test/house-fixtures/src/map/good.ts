// good

import { delayMaxMs } from '../env/good.js'

export interface Stored {
  readonly key: string
}

export const stored = (key: string): Stored => ({ key: `${key}${delayMaxMs}` })
