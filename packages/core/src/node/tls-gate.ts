/**
 * TLS on sockets that are connected already, in both directions. Who dials goes on only when the other side has accepted
 * its certificate as well: in TLS 1.3 that is later than the end of the handshake, and a refusal that came after it would
 * look like a connection that broke.
 */

import type { Socket } from 'node:net'
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls'
import type { TlsConfig } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import type { Log, Standing } from '../env/env.js'

/** From the first byte to the last one of a handshake. */
const handshakeMs = 10_000

export interface Secured {
  readonly socket: TLSSocket
  readonly standing: Standing
}

export class TlsGate {
  readonly #config: Pick<TlsConfig, 'mutualAuthentication' | 'validateIdentity'>
  readonly #material: SecureContextOptions
  readonly #context: SecureContext
  readonly #log: Log

  constructor(config: TlsConfig, material: SecureContextOptions, log: Log) {
    this.#config = config
    this.#material = material
    this.#context = createSecureContext(material)
    this.#log = log
  }

  /** To be given (`emit('connection', socket)`) sockets whose first byte has been looked at and put back. */
  server(onSecured: (secured: Secured) => void): Server {
    const { mutualAuthentication } = this.#config
    const server = createServer({
      ...this.#material,
      // a member shows its certificate also where clients need none
      requestCert: true,
      rejectUnauthorized: mutualAuthentication === 'REQUIRED',
      handshakeTimeout: handshakeMs,
    })
    server.on('secureConnection', socket => {
      socket.on('error', () => {})
      const shown = Object.keys(socket.getPeerCertificate()).length > 0
      if (shown && !socket.authorized && mutualAuthentication !== 'NONE') {
        this.#refused(socket, String(socket.authorizationError))
        socket.destroy()
      } else onSecured({ socket, standing: socket.authorized ? 'certified' : 'encrypted' })
    })
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      this.#refused(socket, error.code ?? error.message)
    })
    return server
  }

  #refused(socket: Socket, reason: string): void {
    this.#log.warn('tls.refused', { remote: `${socket.remoteAddress}:${socket.remotePort}`, reason })
  }

  /** Rejects with TLS_FAILED where the two cannot agree or do not trust each other, else with what broke the connection. */
  dial(raw: Socket, host: string, onSocket: (socket: TLSSocket) => void): Promise<Secured> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        socket: raw,
        secureContext: this.#context,
        ...(this.#config.validateIdentity ? { host } : {}),
        checkServerIdentity: (name, certificate) =>
          this.#config.validateIdentity ? checkServerIdentity(host === '' ? name : host, certificate) : undefined,
      })
      onSocket(socket)
      let agreed = false
      const onError = (error: Error): void => reject(tlsError(error))
      const onClose = (): void => {
        // Node's server says nothing to a certificate that it does not trust: it closes
        const text = 'closed after the handshake, before a word was said: the certificate of this member is not trusted there'
        reject(agreed ? new CobnutError('TLS_FAILED', `TLS: ${text}`) : new Error('closed during the handshake of TLS'))
      }
      socket.once('error', onError)
      socket.once('close', onClose)
      socket.once('secureConnect', () => {
        agreed = true
      })
      // what follows the acceptance of both certificates
      socket.once('session', () => {
        // out of the call that reads: what is written in it may never leave
        setImmediate(() => {
          socket.off('error', onError)
          socket.off('close', onClose)
          resolve({ socket, standing: 'certified' })
        })
      })
    })
  }
}

/** Errors of the system, and a connection that ends in the middle, are the weather; everything else is an objection. */
function tlsError(error: NodeJS.ErrnoException): Error {
  if (error.syscall !== undefined || error.code === 'ECONNRESET' || error.code === 'EPIPE') return error
  const { reason = error.message } = error as { reason?: string }
  return new CobnutError('TLS_FAILED', `TLS: ${reason}${error.code === undefined ? '' : ` (${error.code})`}`, { cause: error })
}
