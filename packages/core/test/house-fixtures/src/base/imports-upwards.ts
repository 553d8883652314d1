// rooms: room-base

import { delayMaxMs } from '../env/good.js'

export const twice = 2 * delayMaxMs
