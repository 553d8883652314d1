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
    if (member === null || member.state === 'stopped' || member.state === 'starting') {
      return { clusterName: member?.clusterName ?? '-', members: [], news: this.#news, hints: [] }
    }
    const status = member.status()
    const now = performance.now()
    if (this.#rates === null || now - this.#rates.atMs >= ratesEveryMs)
      this.#rates = ratesAfter(this.#rates, status.operations, now)
    const members = status.members.map((view): MemberPicture => {
      const state = view.status === 'leaving' ? 'leaving' : view.status === 'suspect' ? 'silent' : 'running'
      return {
        address: addressText(view.address),
        state,
        status: view.local ? status : null,
        rates: view.local ? this.#rates : null,
      }
    })
    const about = `this member is ${addressText(member.address)}, up ${duration(status.uptimeMs)}; Ctrl-C hands over and leaves`
    return { clusterName: status.clusterName, members, news: this.#news, hints: [about] }
  }
}
