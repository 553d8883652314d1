/** What others may use of chaos: `cobnut chaos` does. */

export type { ChaosReport } from './report.js'
export { type ChaosOptions, runChaos } from './run.js'
