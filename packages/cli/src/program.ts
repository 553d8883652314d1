/** The command line of `cobnut`: names, flags and help. Each command's code is loaded only when it runs. */

import { Command, InvalidArgumentError, Option } from 'commander'
import { addressText, defaultAddress, type HostPort, parseAddress } from './address.js'
import type { ChaosFlags } from './commands/chaos.js'
import type { DevFlags } from './commands/dev.js'
import type { DoctorFlags, PartitionsFlags, RecoverFlags } from './commands/doctor.js'
import type { KeysFlags, MapFlags } from './commands/map.js'
import type { SetBackupsFlags } from './commands/set-backups.js'
import type { AskFlags } from './commands/status.js'
import type { TakeLeadFlags } from './commands/take-lead.js'
import { accessHelp } from './http-request.js'
import type { StartFlags } from './start-config.js'
import type { Terminal } from './terminal.js'

const keysDefault = 100
/** What a member gives at most in one answer. */
const keysMax = 10_000
const devMembersMax = 20
const codeHelp = 'a module that exports some of entryProcessors, interceptors and comparators'

/** `done` gets the exit code of the command that ran. */
export function createProgram(terminal: Terminal, version: string, done: (code: number) => void): Command {
  const program = new Command('cobnut')
    .description('A clustered in-memory map with the semantics of Hazelcast’s IMap.')
    .version(version)
    .showHelpAfterError("('--help' shows what is possible)")
    .configureOutput({ writeOut: text => terminal.out.write(text), writeErr: text => terminal.err.write(text) })
    .addHelpText('after', accessHelp)
    .exitOverride()
  addStart(program, terminal, done)
  addWitness(program, terminal, done)
  addDev(program, terminal, done)
  addQuestions(program, terminal)
  addOperations(program, terminal, done)
  addMap(program, terminal)
  addConfig(program, terminal, done)
  addChaos(program, terminal, done)
  return program
}

function addStart(program: Command, terminal: Terminal, done: (code: number) => void): void {
  program
    .command('start')
    .description('Run one member in this process until a signal comes.')
    .option('-c, --config <file>', 'hazelcast.xml, .yaml or .json; without it the usual places are searched')
    .option('--code <file>', codeHelp)
    .option('-p, --port <number>', 'port to listen on, exactly this one; 0 = any free one', port)
    .option('-n, --cluster-name <name>', 'name of the cluster to join or found')
    .option('-m, --member <host:port>', 'a member to look for; may be repeated', gathered)
    .option('--lite', 'hold no data')
    .option('--property <name=value>', 'as an element of <properties>; may be repeated', gatheredProperty)
    .option('--stop-with-parent', 'leave when stdin closes: for programs that start members')
    .action(async (flags: StartFlags) => {
      const { start } = await import('./commands/start.js')
      done(await start(flags, terminal))
    })
}

/** A member without data: it votes, so that two others are enough for any one of the three to fail. */
function addWitness(program: Command, terminal: Terminal, done: (code: number) => void): void {
  program
    .command('witness')
    .description('Run a member that holds no data and votes: the third of a cluster of two.')
    .requiredOption('-j, --join <host:port>', 'a member of the cluster; may be repeated', gathered)
    .option('-c, --config <file>', 'hazelcast.xml, .yaml or .json of the cluster')
    .option('-p, --port <number>', 'port to listen on; 0 = any free one', port, 0)
    .option('-n, --cluster-name <name>', 'name of the cluster')
    .option('--property <name=value>', 'as an element of <properties>; may be repeated', gatheredProperty)
    .option('--stop-with-parent', 'leave when stdin closes: for programs that start members')
    .action(async ({ join, ...flags }: StartFlags & { join: readonly string[] }) => {
      const { start } = await import('./commands/start.js')
      // founding one of its own, because the address is wrong or it was started first, would leave the cluster without it
      const property = { ...flags.property, 'cobnut.founds.cluster': 'false' }
      done(await start({ ...flags, member: join, lite: true, property }, terminal))
    })
}

function addDev(program: Command, terminal: Terminal, done: (code: number) => void): void {
  program
    .command('dev')
    .description('Run a cluster of several member processes on this machine, with a live table.')
    .argument('[members]', 'how many', membersNumber, 3)
    .option('-c, --config <file>', 'configuration of every member')
    .option('--code <file>', codeHelp)
    .option(
      '-p, --port <number>',
      'first port, those taken are passed over; 0 = any free ones; else the one of the configuration',
      port,
    )
    .option('-n, --cluster-name <name>', 'name of the cluster')
    .option('--property <name=value>', 'as an element of <properties>; may be repeated', gatheredProperty)
    .action(async (members: number, flags: DevFlags) => {
      const { dev } = await import('./commands/dev.js')
      done(await dev(members, flags, terminal))
    })
}

function addQuestions(program: Command, terminal: Terminal): void {
  ask(program.command('status').description('Show how the cluster is: copies, members, maps.')).action(
    async (flags: AskFlags) => {
      const { status } = await import('./commands/status.js')
      await status(flags, terminal)
    },
  )
  ask(program.command('members').description('List the members, oldest first.')).action(async (flags: AskFlags) => {
    const { members } = await import('./commands/status.js')
    await members(flags, terminal)
  })
  ask(program.command('clients').description('List the clients of the cluster, with their near caches.')).action(
    async (flags: AskFlags) => {
      const { clients } = await import('./commands/clients.js')
      await clients(flags, terminal)
    },
  )
}

function addOperations(program: Command, terminal: Terminal, done: (code: number) => void): void {
  ask(program.command('doctor').description('May a member be stopped now? Exit code 0: yes, 1: no, with reasons.'))
    .option('--member <id or host:port>', 'only this one')
    .action(async (flags: DoctorFlags) => {
      const { doctor } = await import('./commands/doctor.js')
      done(await doctor(flags, terminal))
    })
  const partitions = program.command('partitions').description('List the partitions that are not served, or short of copies.')
  ask(partitions.command('recover').description('Serve lost or unavailable partitions again, with what is left of them.'))
    .option('--map <name>', 'only those of this map')
    .option('--accept-data-loss', 'do it; without this it is only said what would be given up')
    .action(async (_: unknown, command: Command) => {
      const { recover } = await import('./commands/doctor.js')
      // the command above it has options of the same names
      done(await recover(command.optsWithGlobals<RecoverFlags>(), terminal))
    })
  ask(partitions)
    .option('--map <name>', 'only those of this map')
    .option('--all', 'also those that are as they should be')
    .action(async (flags: PartitionsFlags) => {
      const { partitions: list } = await import('./commands/doctor.js')
      await list(flags, terminal)
    })
  ask(program.command('take-lead').description('Let those that are left go on: the members that decided are gone for good.'))
    .option('--accept-data-loss', 'what was acknowledged without this member is lost')
    .action(async (flags: TakeLeadFlags) => {
      const { takeLead } = await import('./commands/take-lead.js')
      await takeLead(flags, terminal)
    })
  ask(program.command('where').description('Show which members hold a key of a map.').argument('<map>').argument('<key>')).action(
    async (map: string, key: string, flags: AskFlags) => {
      const { where } = await import('./commands/doctor.js')
      await where(map, key, flags, terminal)
    },
  )
}

function addChaos(program: Command, terminal: Terminal, done: (code: number) => void): void {
  program
    .command('chaos')
    .description(
      'Start a cluster with your configuration here, break it in every way, and check every answer. Exit code 1: one was wrong.',
    )
    .requiredOption('-c, --config <file>', 'hazelcast.xml, .yaml or .json')
    .requiredOption('--map <name>', 'a map of it; its settings are used, but for limits of time')
    .option('--members <number>', 'members; 2 or more', (text: string) => whole(text, 2, devMembersMax, 'A number of members'), 3)
    .option('--seconds <number>', 'how long faults go on', (text: string) => whole(text, 1, 86_400, 'Seconds'), 60)
    .option(
      '--clients <number>',
      'processes with hazelcast-client, where that package is installed',
      (text: string) => whole(text, 0, 10, 'A number of processes'),
      0,
    )
    .option('--seed <number>', 'the same faults and calls again; their moments differ', (text: string) =>
      whole(text, 0, 999_999, 'A seed'),
    )
    .option('--json', 'one JSON object at the end')
    .action(async (flags: ChaosFlags) => {
      const { chaos } = await import('./commands/chaos.js')
      done(await chaos(flags, terminal))
    })
}

function addMap(program: Command, terminal: Terminal): void {
  const map = program
    .command('map')
    .description('Read and write a map.')
    .addHelpText('after', '\nKEY and VALUE are JSON where they parse as JSON (42, true, {"a":1}, "42"), otherwise text.')
  ask(map.command('get').description('Print the value of a key, or null.').argument('<name>').argument('<key>')).action(
    async (name: string, key: string, flags: MapFlags) => (await mapCommands()).mapGet(name, key, flags, terminal),
  )
  ask(map.command('put').description('Store a value.').argument('<name>').argument('<key>').argument('<value>')).action(
    async (name: string, key: string, value: string, flags: MapFlags) =>
      (await mapCommands()).mapPut(name, key, value, flags, terminal),
  )
  ask(map.command('remove').description('Remove a key.').argument('<name>').argument('<key>')).action(
    async (name: string, key: string, flags: MapFlags) => (await mapCommands()).mapRemove(name, key, flags, terminal),
  )
  ask(map.command('size').description('Print the number of entries.').argument('<name>')).action(
    async (name: string, flags: MapFlags) => (await mapCommands()).mapSize(name, flags, terminal),
  )
  ask(
    map
      .command('set-backups')
      .description('Change the backups of a map in use, and wait until they are there.')
      .argument('<name>'),
  )
    .option('--backup-count <number>', 'synchronous backups', backupsNumber)
    .option('--async-backup-count <number>', 'asynchronous backups', backupsNumber)
    .option('--no-wait', 'only order it')
    .action(async (name: string, flags: SetBackupsFlags) => {
      const { setBackups } = await import('./commands/set-backups.js')
      await setBackups(name, flags, terminal)
    })
  ask(map.command('keys').description('Print keys, in no order.').argument('<name>'))
    .option('-l, --limit <number>', 'at most so many', keysNumber, keysDefault)
    .action(async (name: string, flags: KeysFlags) => (await mapCommands()).mapKeys(name, flags, terminal))
}

function addConfig(program: Command, terminal: Terminal, done: (code: number) => void): void {
  program
    .command('config')
    .description('Look at a configuration.')
    .command('check')
    .description('Print every problem of a file, and what has no effect yet.')
    .argument('<file>', 'hazelcast.xml, .yaml or .json')
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: { json?: boolean }) => {
      const { configCheck } = await import('./commands/config-check.js')
      done(await configCheck(file, flags, terminal))
    })
}

const mapCommands = (): Promise<typeof import('./commands/map.js')> => import('./commands/map.js')

const ask = (command: Command): Command =>
  command
    .addOption(
      new Option('-a, --address <host:port>', 'any member of the cluster')
        .argParser(address)
        .default(defaultAddress, addressText(defaultAddress)),
    )
    .option('--json', 'print JSON, one line')

// --- reading the text of arguments

const address = (text: string): HostPort => said(() => parseAddress(text))

function said<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

function whole(text: string, min: number, max: number, what: string): number {
  const n = Number(text)
  if (!/^\d+$/.test(text) || n < min || n > max) throw new InvalidArgumentError(`${what} from ${min} to ${max} is wanted.`)
  return n
}

const port = (text: string): number => whole(text, 0, 65_535, 'A port')
const backupsNumber = (text: string): number => whole(text, 0, 6, 'A number')
const keysNumber = (text: string): number => whole(text, 1, keysMax, 'A number')
const membersNumber = (text: string): number => whole(text, 1, devMembersMax, 'A number of members')

const gathered = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').map(member => {
    said(() => parseAddress(member.trim()))
    return member.trim()
  }),
]

function gatheredProperty(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('NAME=VALUE is wanted.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}
