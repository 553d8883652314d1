/* interim, replaced by the config room */
import { readFile } from 'node:fs/promises'
import type { ConfigWorld } from '../config/index.js'
export const nodeConfigWorld = (): ConfigWorld => ({ readText: path => readFile(path, 'utf8').catch(() => null) })
