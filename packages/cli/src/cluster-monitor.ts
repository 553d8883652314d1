/** Asks the members of a dev cluster how they are, again and again, and keeps the picture of the last answers. */

import { parseAddress } from './address.js'
import type { ClusterPicture, MemberPicture, MemberState } from './cluster-picture.js'
import type { DevCluster } from './dev-cluster.js'
import { clockTime } from './format.js'
import { MemberClient } from './http-client.js'
import type { MemberProcess } from './member-process.js'
import { type Rates, ratesAfter } from './rates.js'

const askEveryMs = 500
/** A member that needs longer than this is shown as silent. */
const answerLimitMs = 2_000
const newsMax = 50

type Answer = Pick<MemberPicture, 'status' | 'rates'> & { readonly isSilent: boolean }

const noAnswer: Answer = { status: null, rates: null, isSilent: false }

export class ClusterMonitor {
  readonly #cluster: DevCluster
  readonly #onChange: () => void
  readonly #answers = new Map<MemberProcess, Answer>()
  readonly #asking = new Set<MemberProcess>()
  readonly #timer: NodeJS.Timeout
  readonly #news: string[] = []
  hints: readonly string[] = []

  constructor(cluster: DevCluster, onChange: () => void) {
    this.#cluster = cluster
    this.#onChange = onChange
    this.#timer = setInterval(() => this.#askAll(), askEveryMs)
    this.#askAll()
  }

  picture(): ClusterPicture {
    const members = this.#cluster.members.map(member => this.#pictureOf(member))
    return { clusterName: this.#cluster.clusterName ?? '?', members, news: this.#news, hints: this.hints }
  }

  tell(text: string): void {
    this.#news.push(`${clockTime(new Date())}  ${text}`)
    if (this.#news.length > newsMax) this.#news.shift()
    this.#onChange()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #pictureOf(member: MemberProcess): MemberPicture {
    const { status, rates, isSilent } = this.#answers.get(member) ?? noAnswer
    const state: MemberState = isSilent && member.state === 'running' ? 'silent' : member.state
    const known = member.isAlive ? { status, rates } : { status: null, rates: null }
    return { address: member.address, pid: member.pid ?? null, state, ...known }
  }

  #askAll(): void {
    for (const member of this.#cluster.living) {
      if (member.state !== 'starting' && !this.#asking.has(member)) void this.#ask(member)
    }
  }

  async #ask(member: MemberProcess): Promise<void> {
    this.#asking.add(member)
    const before = this.#answers.get(member) ?? noAnswer
    try {
      const status = await new MemberClient(parseAddress(member.address), answerLimitMs).status()
      const rates: Rates = ratesAfter(before.rates, status.operations, status.uptimeMs)
      this.#answers.set(member, { status, rates, isSilent: false })
    } catch {
      // it may be leaving, dead or paused: its process says which, the table shows it
      this.#answers.set(member, { ...before, isSilent: true })
    }
    this.#asking.delete(member)
    this.#onChange()
  }
}
