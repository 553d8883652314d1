// good

export { used } from './base/exports-too-much.js'
export { limit } from './base/good.js'
export { check } from './config/uses-an-unlisted-package.js'
