/**
 * The environment a member really gets: every call that comes in from outside passes one place. An error that nobody
 * expected (a broken invariant) ends there: the member stops, the process it lives in goes on.
 */

import type { Clock, Env, Network, Pipe, Timer } from '../env/env.js'

export function guardedEnv(env: Env, onBroken: (error: unknown) => void): Env {
  const guard =
    <A extends unknown[]>(run: (...args: A) => void) =>
    (...args: A): void => {
      try {
        run(...args)
      } catch (error) {
        onBroken(error)
      }
    }
  return {
    ...env,
    clock: guardedClock(env.clock, guard),
    network: guardedNetwork(env.network, guard),
    random: env.random,
    log: env.log,
  }
}

type Guard = <A extends unknown[]>(run: (...args: A) => void) => (...args: A) => void

function guardedClock(clock: Clock, guard: Guard): Clock {
  return {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
    uptimeMs: () => clock.uptimeMs(),
    after: (delayMs, run): Timer => clock.after(delayMs, guard(run)),
    every: (intervalMs, run): Timer => clock.every(intervalMs, guard(run)),
    defer: run => clock.defer(guard(run)),
  }
}

function guardedNetwork(network: Network, guard: Guard): Network {
  return {
    listen: options => network.listen({ ...options, onPipe: guard(pipe => options.onPipe(guardedPipe(pipe, guard))) }),
    dial: async (to, timeoutMs) => guardedPipe(await network.dial(to, timeoutMs), guard),
    announce: id => network.announce(id),
    probe: token => network.probe(token),
  }
}

function guardedPipe(pipe: Pipe, guard: Guard): Pipe {
  return {
    remote: pipe.remote,
    local: pipe.local,
    standing: pipe.standing,
    write: bytes => pipe.write(bytes),
    get bufferedBytes() {
      return pipe.bufferedBytes
    },
    start: receiver =>
      pipe.start({
        onData: guard(chunk => receiver.onData(chunk)),
        onDrain: guard(() => receiver.onDrain()),
        onClose: guard(reason => receiver.onClose(reason)),
      }),
    pause: () => pipe.pause(),
    resume: () => pipe.resume(),
    end: () => pipe.end(),
    destroy: () => pipe.destroy(),
  }
}
