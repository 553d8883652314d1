// Child processes of a benchmark: ended by their own id, whatever happens.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

const children = new Set()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts a process and resolves when a line of its output matches. */
export function started(command, args, pattern, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  children.add(child)
  const limitMs = options.limitMs ?? 60_000
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new Error(`${command} did not say ${pattern} in ${limitMs} ms:\n${text}`)), limitMs)
    const look = chunk => {
      text = (text + chunk).slice(-20_000)
      const match = pattern.exec(text)
      if (match === null) return
      clearTimeout(timer)
      resolve({ child, match })
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('exit', code => {
      children.delete(child)
      clearTimeout(timer)
      reject(new Error(`${command} ended with ${code}:\n${text}`))
    })
    child.once('error', reject)
  })
}

export async function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
