/** What flags say wins over the file, also where the file finds members in another way. */

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig, nodeConfigWorld } from 'cobnut'
import { startConfig } from '../src/start-config.js'

const joining = (text: string): string => `<hazelcast><network><join>${text}</join></network></hazelcast>`

const files: Readonly<Record<string, string>> = {
  dns: joining('<dns enabled="true"><name>members.example</name></dns>'),
  kubernetes: joining('<kubernetes enabled="true"><service-dns>members.example</service-dns></kubernetes>'),
  multicast: joining('<multicast enabled="true"/>'),
  'a property': '<hazelcast><properties><property name="cobnut.join.dns">members.example</property></properties></hazelcast>',
}

for (const [what, text] of Object.entries(files)) {
  test(`with --member only those are asked, whatever the file says of ${what}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cobnut-'))
    try {
      const config = join(folder, 'hazelcast.xml')
      await writeFile(config, text)
      const { network } = await loadConfig(startConfig({ config, member: ['10.0.0.5:5701'] }), nodeConfigWorld())
      const { tcpIp, dns, multicast, autoDetection } = network.join
      assert.deepEqual([tcpIp.enabled, tcpIp.members], [true, ['10.0.0.5:5701']])
      assert.deepEqual([dns.enabled, multicast.enabled, autoDetection.enabled], [false, false, false])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}
