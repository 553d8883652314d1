// good

import { setTimeout } from 'node:timers'
import type { Seam } from '../env/good.js'

export const seam: Seam = { after: (delayMs, run) => void setTimeout(run, delayMs + process.uptime()) }
