/** The picture of the one member that runs in this process; the others appear as names, since only they know their figures. */

import type { Member } from 'cobnut'
import { addressText } from './address.js'
import type { ClusterPicture, MemberPicture } from './cluster-picture.js'
import { clockTime, duration } from './format.js'
import { type Rates, ratesAfter } from './rates.js'

const newsMax = 50
/** Rates over a shorter time jump. */
const ratesEveryMs = 1_000

export class MemberView {
  readonly #news: string[] = []
  #member: Member | null = null
  #rates: Rates | null = null

  show(member: Member): void {
    this.#member = member
  }

  tell(text: string): void {
    this.#news.push(`${clockTime(new Date())}  ${text}`)
    if (this.#news.length > newsMax) this.#news.shift()
  }

  picture(): ClusterPicture {
    const member = this.#member
    if (member === null) return { clusterName: '?', members: [], news: this.#news, hints: [] }
    if (member.state === 'stopped') return this.#stopped(member)
    const status = member.status()
    if (this.#rates === null || status.uptimeMs - this.#rates.atMs >= ratesEveryMs) {
      this.#rates = ratesAfter(this.#rates, status.operations, status.uptimeMs)
    }
    const members = status.members.map((view): MemberPicture => {
      const state = view.status === 'leaving' ? 'leaving' : view.status === 'suspect' ? 'silent' : 'running'
      const known = view.local ? { pid: process.pid, status, rates: this.#rates } : { pid: null, status: null, rates: null }
      return { address: addressText(view.address), state, ...known }
    })
    const about = `this member is ${addressText(member.address)}, up ${duration(status.uptimeMs)}; Ctrl-C hands over and leaves`
    return { clusterName: status.clusterName, members, news: this.#news, hints: [about] }
  }

  #stopped({ address, clusterName }: Member): ClusterPicture {
    const self: MemberPicture = { address: addressText(address), pid: process.pid, state: 'stopped', status: null, rates: null }
    return { clusterName, members: [self], news: this.#news, hints: [] }
  }
}
