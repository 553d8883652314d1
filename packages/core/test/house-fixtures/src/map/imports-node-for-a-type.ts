// rooms: world-through-env

import type { Socket } from 'node:net'

export const portOf = (socket: Socket): number => socket.remotePort ?? 0
