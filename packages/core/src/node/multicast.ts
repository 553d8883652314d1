/**
 * Finding members by UDP multicast. Who looks for others sends `seek`; every member of that cluster name that hears it
 * sends `here` with its address, to the whole group: several members of one host share the port, and an answer to one
 * sender would reach any of them.
 *
 *   COBNUT1 {"kind":"seek","cluster":"dev","host":"10.0.0.5","port":5701}      one datagram, UTF-8, at most 1,024 bytes
 *
 * Whoever can send to the group can name addresses, which are then dialled: `trusted-interfaces` limits the senders.
 */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { JoinConfig } from '../api/config.js'
import { isIpv4, matchesAny } from '../base/address-pattern.js'
import { CobnutError } from '../base/errors.js'
import type { Address, Log } from '../env/env.js'

const magic = 'COBNUT1 '
const packetBytesMax = 1_024
/** How long answers to a question are waited for. */
const gatherMs = 120
/** One answer serves all questions of this time. */
const answerAfterMs = 20
/** Not heard for so long = not there. */
const forgottenMs = 5_000
/** Addresses remembered; more in a few seconds is not a cluster but a flood. */
const heardMax = 1_000

interface Packet extends Address {
  readonly kind: 'seek' | 'here'
  readonly cluster: string
}

export class Multicast {
  readonly #config: JoinConfig['multicast']
  readonly #clusterName: string
  readonly #through: string
  readonly #log: Log
  /** By text of the address: when it was last heard, on the monotonic clock. */
  readonly #heard = new Map<string, { readonly address: Address; readonly atMs: number }>()
  #socket: Promise<Socket> | null = null
  #self: Address | null = null
  #answering: NodeJS.Timeout | null = null
  #closed = false

  /** `through`: the address of this machine whose network is meant. */
  constructor(config: JoinConfig['multicast'], clusterName: string, through: string, log: Log) {
    this.#config = config
    this.#clusterName = clusterName
    this.#through = through
    this.#log = log
  }

  /**
   * Asks the group and waits a moment for answers. From the first call on this member answers others. Rejects with CONFIG_INVALID
   * when this machine cannot: to go on would found one cluster on each.
   */
  async candidates(self: Address): Promise<Address[]> {
    if (this.#closed) return []
    this.#self = self
    this.#socket ??= this.#open()
    const socket = await this.#socket
    this.#send(socket, 'seek')
    await new Promise(resume => setTimeout(resume, gatherMs))
    const nowMs = performance.now()
    for (const [text, { atMs }] of this.#heard) if (nowMs - atMs > forgottenMs) this.#heard.delete(text)
    return [...this.#heard.values()].map(({ address }) => address)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#answering !== null) clearTimeout(this.#answering)
    void this.#socket?.then(
      socket => socket.close(),
      () => undefined,
    )
  }

  #open(): Promise<Socket> {
    const { group, port, timeToLive } = this.#config
    return new Promise((resolve, reject) => {
      // the port is shared by all members of the host
      const socket = createSocket({ type: 'udp4', reuseAddr: true })
      const fail = (error: Error): void => {
        socket.close()
        const message = `<multicast> cannot be used here: group ${group}, port ${port}, through ${this.#through}: ${error.message}`
        reject(new CobnutError('CONFIG_INVALID', message, { cause: error }))
      }
      socket.once('error', fail)
      socket.bind(port, () => {
        try {
          const through = isIpv4(this.#through) ? this.#through : undefined
          socket.addMembership(group, through)
          if (through !== undefined) socket.setMulticastInterface(through)
          socket.setMulticastTTL(timeToLive)
          socket.setMulticastLoopback(true)
        } catch (error) {
          fail(error as Error)
          return
        }
        socket.off('error', fail)
        socket.on('error', error => this.#log.debug('multicast.failed', { error: error.message }))
        socket.on('message', (bytes, from) => this.#onPacket(socket, bytes, from))
        socket.unref()
        resolve(socket)
      })
    })
  }

  #send(socket: Socket, kind: Packet['kind']): void {
    const { host, port } = this.#self as Address
    const packet: Packet = { kind, cluster: this.#clusterName, host, port }
    socket.send(`${magic}${JSON.stringify(packet)}`, this.#config.port, this.#config.group, error => {
      if (error !== null) this.#log.debug('multicast.failed', { error: error.message })
    })
  }

  #onPacket(socket: Socket, bytes: Buffer, from: RemoteInfo): void {
    const trusted = this.#config.trustedInterfaces
    const packet = readPacket(bytes)
    if (this.#closed || packet === null || packet.cluster !== this.#clusterName) return
    if (trusted.length > 0 && !matchesAny(trusted, from.address)) return
    const { kind, host, port } = packet
    if (host === this.#self?.host && port === this.#self.port) return
    const text = `${host}:${port}`
    if (this.#heard.size < heardMax || this.#heard.has(text)) {
      this.#heard.set(text, { address: { host, port }, atMs: performance.now() })
    }
    if (kind === 'here' || this.#answering !== null) return
    this.#answering = setTimeout(() => {
      this.#answering = null
      this.#send(socket, 'here')
    }, answerAfterMs)
  }
}

/** Null: not ours. */
export function readPacket(bytes: Buffer): Packet | null {
  if (bytes.length > packetBytesMax || bytes.toString('latin1', 0, magic.length) !== magic) return null
  try {
    const packet = JSON.parse(bytes.toString('utf8', magic.length)) as Partial<Packet> | null
    const { kind, cluster, host, port } = packet ?? {}
    if ((kind !== 'seek' && kind !== 'here') || typeof cluster !== 'string' || typeof host !== 'string') return null
    // a name or an address: nothing that could be more than that in a log or to a resolver
    if (!/^[\w.:-]{1,253}$/.test(host) || !Number.isInteger(port) || port! < 1 || port! > 65_535) return null
    return { kind, cluster, host, port: port! }
  } catch {
    return null
  }
}
