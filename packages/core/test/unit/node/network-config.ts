/** Network configurations for tests: the defaults, with nothing enabled, and what a test says. */

import type { JoinConfig, NetworkConfig } from '../../../src/api/config.js'

type JoinParts = { readonly [Way in keyof JoinConfig]?: Partial<JoinConfig[Way]> }

export function networkConfig(join: JoinParts = {}, rest: Partial<Omit<NetworkConfig, 'join'>> = {}): NetworkConfig {
  return {
    port: 5701,
    portAutoIncrement: true,
    portCount: 100,
    reuseAddress: false,
    interfaces: { enabled: false, patterns: [] },
    tls: null,
    ...rest,
    join: {
      autoDetection: { enabled: false, ...join.autoDetection },
      multicast: {
        enabled: false,
        group: '224.2.2.3',
        port: 54327,
        timeoutSeconds: 2,
        timeToLive: 32,
        trustedInterfaces: [],
        ...join.multicast,
      },
      tcpIp: { enabled: false, members: [], connectionTimeoutSeconds: 5, ...join.tcpIp },
      dns: { enabled: false, name: '', port: 0, ...join.dns },
    },
  }
}

export const tcpIp = (...members: string[]): JoinParts => ({ tcpIp: { enabled: true, members } })
