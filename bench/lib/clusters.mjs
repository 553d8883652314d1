// Three processes of Cobnut, and three of a real Hazelcast, with the same configuration file.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, started, stopped } from './processes.mjs'

export const maps = {
  'no backup': '<backup-count>0</backup-count>',
  '1 sync backup': '<backup-count>1</backup-count>',
  '2 sync backups': '<backup-count>2</backup-count>',
  '1 async backup': '<backup-count>0</backup-count><async-backup-count>1</async-backup-count>',
}

export const mapName = kind => kind.replaceAll(' ', '-')

function configFile(port, count) {
  const members = Array.from({ length: count }, (_, i) => `<member>127.0.0.1:${port + i}</member>`).join('')
  const elements = Object.entries(maps).map(([kind, counts]) => `<map name="${mapName(kind)}">${counts}</map>`)
  const file = join(mkdtempSync(join(tmpdir(), 'cobnut-bench-')), 'hazelcast.xml')
  writeFileSync(
    file,
    `<hazelcast xmlns="http://www.hazelcast.com/schema/config">
  <cluster-name>bench</cluster-name>
  <network>
    <port auto-increment="true" port-count="10">${port}</port>
    <join><auto-detection enabled="false"/><multicast enabled="false"/><tcp-ip enabled="true">${members}</tcp-ip></join>
    <interfaces enabled="true"><interface>127.0.0.1</interface></interfaces>
  </network>
  ${elements.join('\n  ')}
</hazelcast>
`,
  )
  return file
}

const addresses = (port, count) => Array.from({ length: count }, (_, i) => `127.0.0.1:${port + i}`)

/** Members get the flag that `cobnut dev` gives them and the guide recommends, as Hazelcast's get their heap. */
export async function startCobnut(count = 3) {
  const port = await freePort()
  const file = configFile(port, count)
  const member = fileURLToPath(new URL('./member.mjs', import.meta.url))
  const members = []
  for (let i = 0; i < count; i++)
    members.push(
      await started(process.execPath, ['--max-semi-space-size=64', member, file, `${count}`], /"event":"member.ready"/),
    )
  return running(file, port, members)
}

/** `children` in the order of `members`. */
function running(file, port, members) {
  const children = members.map(({ child }) => child)
  return { file, members: addresses(port, members.length), children, stop: () => Promise.all(children.map(stopped)) }
}

export async function startHazelcast(jar, count = 3) {
  const port = await freePort()
  const file = configFile(port, count)
  const flags = ['-Xmx1g', '-Dhazelcast.logging.type=jdk', '-Dhazelcast.phone.home.enabled=false', `-Dhazelcast.config=${file}`]
  const members = []
  for (let i = 0; i < count; i++) {
    const pattern = new RegExp(`Members \\{size:${i + 1},[\\s\\S]* is STARTED`)
    members.push(await started('java', [...flags, '-cp', jar, 'com.hazelcast.core.server.HazelcastMemberStarter'], pattern))
  }
  return running(file, port, members)
}
