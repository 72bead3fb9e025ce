import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EXIT, LabError, messageOf } from '../base/errors.ts'

const OFFLINE =
  'Without a network: make a bundle where there is one (knet-labs bundle create), bring it here and knet-labs bundle load it'

/**
 * No file came: no network, no such file, a server in trouble.
 * @param given the variable that names a file to take instead.
 */
export function downloadError(what: string, url: string, cause: unknown, given?: string): LabError {
  const orGive = given ? `. Or give it: export ${given}=<file>` : ''
  return new LabError('KNET_DOWNLOAD', {
    message: `${what} can't be downloaded from ${url}: ${messageOf(cause)}.`,
    hint: `${OFFLINE}. Behind a proxy: export HTTPS_PROXY=http://host:port${orGive}`,
    exitCode: EXIT.unavailable,
    cause,
  })
}

/** What came is not what was pinned. */
export function checksumError(what: string, sums: { from: string; expected: string; got: string }): LabError {
  return new LabError('KNET_CHECKSUM', {
    message: `${what} from ${sums.from} is not what it should be: its SHA-256 is ${sums.got}, not ${sums.expected}. It was thrown away.`,
    hint: 'Try again; if it stays so, something between here and there changes files, such as a proxy',
    exitCode: EXIT.unavailable,
  })
}

const FULL = new Set(['ENOSPC', 'EDQUOT'])

export const isDiskFull = (thrown: unknown): boolean =>
  FULL.has((thrown as NodeJS.ErrnoException | undefined)?.code ?? '')

/** @param more.elsewhere how else the file can be put somewhere; the cache's folder can be chosen. */
export function diskFull(
  what: string,
  file: string,
  { elsewhere = CACHE_ELSEWHERE, cause }: { elsewhere?: string; cause?: unknown } = {},
): LabError {
  return new LabError('KNET_DISK', {
    message: `There is no room for ${what} in ${dirname(file)}.`,
    hint: `Make room there, or ${elsewhere}`,
    exitCode: EXIT.unavailable,
    cause,
  })
}

const CACHE_ELSEWHERE = 'keep downloads elsewhere: export XDG_CACHE_HOME=/another/folder'

/** @throws LabError KNET_DISK where a file of that size has no room. */
export async function requireRoom(what: string, file: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(file))
  if (bavail * bsize < bytes) throw diskFull(what, file)
}
