import { createHash } from 'node:crypto'
import { hostname } from 'node:os'

/**
 * Whose something is that others' daemons keep: as 16 hexadecimal digits, the same on every run of this user on this computer for this
 * folder, and no other's. Who shares a daemon shares nothing in it.
 */
export const ownerOf = (folder: string): string =>
  createHash('sha256').update(`${hostname()}:${process.getuid?.()}:${folder}`).digest('hex').slice(0, 16)
