/**
 * What clients asked and heard, in the order in which it happened. `order` counts asks and answers of the whole world, so
 * that "before" means before, even where the virtual clock shows equal times.
 */

/** What one call does to one key. A call on several keys is one action on each. */
export type Action =
  | { readonly name: 'get' | 'remove' | 'delete' | 'containsKey' | 'clear' }
  | { readonly name: 'put' | 'set' | 'putIfAbsent' | 'replace' | 'append'; readonly value: string }
  | { readonly name: 'replaceIfSame'; readonly expected: string; readonly value: string }
  /** Of whatever copy there is, no older than `maxAgeMs` (Infinity: any), nor than what the session has seen. Judged apart. */
  | { readonly name: 'copyRead'; readonly maxAgeMs: number; readonly session: string | null }
  /** `expire` is what time does to a value that has a limit: nobody asks for it. */
  | { readonly name: 'removeIfSame' | 'expire'; readonly expected: string }

export type Result = string | boolean | null | undefined

export interface Call {
  readonly client: string
  readonly key: string
  readonly action: Action
  readonly askedMs: number
  readonly askedOrder: number
  /** Milliseconds that the value written lives; 0 = for ever. */
  readonly ttlMs: number
  /** Infinity while nobody can say that it is over: it may still take effect, or never. */
  answeredOrder: number
  answeredMs: number
  /** `open`: no answer, or one that leaves the outcome unknown. `failed`: it certainly did nothing. */
  status: 'open' | 'ok' | 'failed'
  result: Result
  /** Code of the error, if one came. */
  error: string | null
}

export class History {
  readonly calls: Call[] = []
  #order = 0

  ask(client: string, key: string, action: Action, nowMs: number, ttlMs = 0): Call {
    const call: Call = {
      client,
      key,
      action,
      askedMs: nowMs,
      askedOrder: ++this.#order,
      ttlMs,
      answeredOrder: Infinity,
      answeredMs: Infinity,
      status: 'open',
      result: undefined,
      error: null,
    }
    this.calls.push(call)
    return call
  }

  ok(call: Call, result: Result, nowMs: number): void {
    call.status = 'ok'
    call.result = result
    this.#answered(call, nowMs)
  }

  failed(call: Call, error: string, nowMs: number): void {
    call.status = 'failed'
    call.error = error
    this.#answered(call, nowMs)
  }

  /** An error that does not say whether it happened: the client goes on, the call stays open. */
  unknown(call: Call, error: string): void {
    call.error = error
  }

  count(status: Call['status']): number {
    return this.calls.reduce((sum, call) => sum + (call.status === status ? 1 : 0), 0)
  }

  byKey(): Map<string, Call[]> {
    const keys = new Map<string, Call[]>()
    for (const call of this.calls) {
      const of = keys.get(call.key)
      if (of === undefined) keys.set(call.key, [call])
      else of.push(call)
    }
    return keys
  }

  #answered(call: Call, nowMs: number): void {
    call.answeredMs = nowMs
    call.answeredOrder = ++this.#order
  }
}

export function callText(call: Call): string {
  const { name, ...args } = call.action
  const asked = `${name}(${[call.key, ...Object.values(args)].join(', ')})`
  const answer =
    call.status === 'ok'
      ? JSON.stringify(call.result)
      : call.status === 'failed'
        ? `not done: ${call.error}`
        : `? ${call.error ?? ''}`
  const until = call.answeredMs === Infinity ? '...' : call.answeredMs.toFixed(3)
  return `${call.askedMs.toFixed(3)} - ${until} ${call.client} ${asked} -> ${answer}`
}
