// good

import { limit } from '../base/good.js'

export const moved = limit
