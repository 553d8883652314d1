/** The configuration that all rows share: each kind of map is a pattern, each row has a map of its own. */

export const mapKinds = {
  plain: '',
  stats: '<per-entry-stats-enabled>true</per-entry-stats-enabled>',
  ttl: '<time-to-live-seconds>100</time-to-live-seconds>',
  idle: '<max-idle-seconds>200</max-idle-seconds>',
  both: '<time-to-live-seconds>100</time-to-live-seconds><max-idle-seconds>200</max-idle-seconds>',
  brief: '<time-to-live-seconds>4</time-to-live-seconds>',
  object: '<in-memory-format>OBJECT</in-memory-format>',
  near: '',
} as const

export type MapKind = keyof typeof mapKinds

const maps = Object.entries(mapKinds)
  .map(([kind, elements]) => `<map name="${kind}-*">${elements}</map>`)
  .join('\n  ')

/** A member that gets no time on a busy machine must not be taken for a dead one; that one is dead is proved at once. */
const patience = '<properties><property name="cobnut.suspect.after.millis">60000</property></properties>'

export const mapsXml = `${patience}
  ${maps}`
