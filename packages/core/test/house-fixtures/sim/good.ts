// good

import { delayMaxMs } from '../src/env/good.js'

export const seed = delayMaxMs
