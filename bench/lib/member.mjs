// One member in its own process: says when it has started.
import { Cobnut } from '../../packages/core/dist/src/index.js'

const member = await Cobnut.start({ file: process.argv[2] }, { logLevel: 'warn' })
member.on('crashed', ({ error }) => {
  console.error(error)
  process.exit(1)
})
console.log(JSON.stringify({ event: 'member.ready', port: member.address.port }))
