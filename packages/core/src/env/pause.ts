/** Waiting, for those who look again a little later: on the clock of the environment, so that simulated time counts as well. */

import type { Clock } from './env.js'

export const pause = (clock: Clock, ms: number): Promise<void> => new Promise(resume => void clock.after(ms, resume))
