/** `cobnut map ...`: reads and writes a map of a running cluster. Results on stdout, one a line. */

import type { HostPort } from '../address.js'
import { count } from '../format.js'
import { MemberClient } from '../http-client.js'
import { textFromValue, valueFromText } from '../key-value.js'
import { type Terminal, writeLine } from '../terminal.js'

export interface MapFlags {
  readonly address: HostPort
  readonly json?: boolean
}

export interface KeysFlags extends MapFlags {
  readonly limit: number
}

export async function mapGet(map: string, keyText: string, flags: MapFlags, { out }: Terminal): Promise<void> {
  const key = valueFromText(keyText)
  const { found, value } = await new MemberClient(flags.address).get(map, key)
  writeLine(out, flags.json === true ? JSON.stringify({ map, key, found, value }) : textFromValue(value))
}

export async function mapPut(map: string, keyText: string, valueText: string, flags: MapFlags, { out }: Terminal): Promise<void> {
  const [key, value] = [valueFromText(keyText), valueFromText(valueText)]
  await new MemberClient(flags.address).put(map, key, value)
  writeLine(out, flags.json === true ? JSON.stringify({ map, key, value }) : 'ok')
}

export async function mapRemove(map: string, keyText: string, flags: MapFlags, { out }: Terminal): Promise<void> {
  const key = valueFromText(keyText)
  const removed = await new MemberClient(flags.address).remove(map, key)
  writeLine(out, flags.json === true ? JSON.stringify({ map, key, removed }) : removed ? 'removed' : 'was not there')
}

export async function mapSize(map: string, flags: MapFlags, { out }: Terminal): Promise<void> {
  const size = await new MemberClient(flags.address).size(map)
  writeLine(out, flags.json === true ? JSON.stringify({ map, size }) : String(size))
}

export async function mapKeys(map: string, flags: KeysFlags, { out, err }: Terminal): Promise<void> {
  const { keys, total } = await new MemberClient(flags.address).keys(map, flags.limit)
  if (flags.json === true) return writeLine(out, JSON.stringify({ map, total, keys }))
  for (const key of keys) writeLine(out, textFromValue(key))
  if (total > keys.length) writeLine(err, `${count(total - keys.length)} keys more; --limit N shows more of them`)
}
