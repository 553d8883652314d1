/**
 * Entries of maps over HTTP: for a look, a script or a test. Below `/cobnut/v1/maps/{name}/`:
 *
 *   GET                 size                  {"size": 3}
 *   GET                 keys?limit=100        {"total": 3, "keys": [...]}
 *   GET, PUT            backups               {"backupCount": 1, "asyncBackupCount": 0}; answers how far they are
 *   GET, PUT, DELETE    entries/{key}         ?type=string (default) | number | json says what the key's text is
 *   GET                 where/{key}           the members that hold the key's partition; type as above
 */

import type { BackupCounts } from '../api/admin.js'
import type { CallOptions, IMap, WriteOptions } from '../api/map.js'
import type { Member } from '../api/member.js'
import { type Answer, HttpError, ok } from './answer.js'
import { fieldsOf, type HttpRequest, jsonOf } from './request.js'

/** Within the time that a connection may last. */
const call: CallOptions = { timeoutMs: 10_000 }
const keysDefault = 100
/** More keys than this are no longer something to look at. */
const keysMax = 10_000

/** `path` is what follows `maps`. Undefined: there is nothing of that name. */
export async function mapAnswer(member: Member, path: readonly string[], request: HttpRequest): Promise<Answer | undefined> {
  const [name, what, key] = path
  if (name === undefined || name === '') return undefined
  if (what === 'size' && path.length === 2) return size(member.getMap(name), request)
  if (what === 'keys' && path.length === 2) return keys(member.getMap(name), request)
  if (what === 'backups' && path.length === 2) return backups(member, name, request)
  if (what === 'where' && path.length === 3) return where(member.getMap(name), key as string, request)
  if (what === 'entries' && path.length === 3) return entry(member.getMap(name), key as string, request)
  return undefined
}

async function size(map: IMap, { method }: HttpRequest): Promise<Answer> {
  if (method !== 'GET') throw onlyFor('GET')
  return ok({ size: await map.size(call) })
}

async function keys(map: IMap, { method, query }: HttpRequest): Promise<Answer> {
  if (method !== 'GET') throw onlyFor('GET')
  const limit = wholeNumber(query, 'limit', keysMax) ?? keysDefault
  const all = await map.keySet(call)
  return ok({ total: all.length, keys: all.slice(0, limit) })
}

async function backups(member: Member, map: string, request: HttpRequest): Promise<Answer> {
  const { method } = request
  if (method === 'GET') return ok(member.admin.backups(map))
  if (method !== 'PUT') throw onlyFor('GET, PUT')
  return ok(await member.admin.setBackups(map, (await fieldsOf(request)) as unknown as BackupCounts))
}

async function where(map: IMap, text: string, { method, query }: HttpRequest): Promise<Answer> {
  if (method !== 'GET') throw onlyFor('GET')
  return ok(await map.whereIs(keyOf(text, query.get('type') ?? 'string')))
}

async function entry(map: IMap, text: string, request: HttpRequest): Promise<Answer> {
  const key = keyOf(text, request.query.get('type') ?? 'string')
  switch (request.method) {
    case 'GET': {
      const value = await map.get(key, call)
      if (value === null) throw new HttpError(404, 'NO_ENTRY', 'the map has no entry with this key')
      return ok({ value })
    }
    case 'PUT': {
      const ttlMs = wholeNumber(request.query, 'ttlMs', Number.MAX_SAFE_INTEGER)
      const options: WriteOptions = ttlMs === undefined ? call : { ...call, ttlMs }
      await map.set(key, await request.body(), options)
      return ok({ stored: true })
    }
    case 'DELETE':
      return ok({ removed: await map.delete(key, call) })
    default:
      throw onlyFor('GET, PUT, DELETE')
  }
}

export const onlyFor = (allow: string): HttpError => new HttpError(405, 'ARGUMENT', `this path takes ${allow}`, allow)

function keyOf(text: string, type: string): unknown {
  if (type === 'string') return text
  if (type === 'json') return jsonOf(text, 'the key')
  if (type !== 'number') throw new HttpError(400, 'ARGUMENT', `type is string, number or json, not "${type}"`)
  if (text.trim() === '' || !Number.isFinite(Number(text))) throw new HttpError(400, 'ARGUMENT', `"${text}" is not a number`)
  return Number(text)
}

function wholeNumber(query: URLSearchParams, name: string, max: number): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const n = Number(text)
  if (/^\d+$/.test(text) && n <= max) return n
  throw new HttpError(400, 'ARGUMENT', `${name} is a whole number from 0 to ${max}, not "${text}"`)
}
