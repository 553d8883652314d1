/** A key that no application has, of a given partition: for what has to be said of a partition where only keys can be named. */

import { DATA_HEADER_BYTES, type Data } from './data.js'
import { typeId } from './type-ids.js'

export function partitionMarker(partition: number, partitionCount: number): Data {
  const key = new Uint8Array(DATA_HEADER_BYTES + 4)
  const header = new DataView(key.buffer)
  // 0 would mean that the header says nothing of the partition
  header.setInt32(0, partition === 0 ? partitionCount : partition)
  header.setInt32(4, typeId.string)
  return key
}
