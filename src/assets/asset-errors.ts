import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EXIT, LabError, messageOf } from '../base/errors.ts'

const OFFLINE =
  'Without a network: make a bundle where there is one (knet-labs bundle create), bring it here and load it: knet-labs bundle load knet-bundle.tar'
const PROXY = 'Behind a proxy: export HTTPS_PROXY=http://user:password@host:port'

/** Something between here and there that signs in others' names, as many a company's proxy does. */
const DISTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])
const TRUST = 'Who signs there is not known here: export NODE_EXTRA_CA_CERTS=<its certificate, PEM>'

export interface Circumstances {
  /** The variable that names a file to take instead. */
  readonly given?: string | undefined
  /** Whether a part of it is here, which the next try goes on with. */
  readonly begun?: boolean
}

/** No file came: no network, no such file, a server in trouble. */
export function downloadError(
  what: string,
  url: string,
  cause: unknown,
  { given, begun = false }: Circumstances = {},
): LabError {
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException
  const hints = [
    ...(begun ? ['What has come is kept: the same command goes on with it'] : []),
    ...(DISTRUSTED.has(code) ? [TRUST] : []),
    OFFLINE,
    PROXY,
    ...(given ? [`Or give it: export ${given}=<file>`] : []),
  ]
  return new LabError('KNET_DOWNLOAD', {
    message: `${what} can't be downloaded from ${url}: ${messageOf(cause)}.`,
    hint: hints.join('. '),
    exitCode: EXIT.unavailable,
    cause,
  })
}

/** What came is not what was pinned. @param given the variable that names a file to take instead. */
export function checksumError(
  what: string,
  sums: { from: string; expected: string; got: string },
  given?: string,
): LabError {
  return new LabError('KNET_CHECKSUM', {
    message: `${what} from ${sums.from} is not what it should be: its SHA-256 is ${sums.got}, not ${sums.expected}. It was thrown away.`,
    hint: `Try again; if it stays so, something between here and there changes files, such as a proxy${given ? `. Or give it: export ${given}=<file>` : ''}`,
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
