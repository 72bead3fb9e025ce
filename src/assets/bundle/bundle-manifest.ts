import {
  array,
  enum as oneOf,
  int,
  literal,
  nonnegative,
  object,
  optional,
  regex,
  string,
  type infer as Infer,
} from 'zod/mini'
import { EXIT, LabError } from '../../base/errors.ts'
import { pinnedSum } from '../releases.ts'

/** What a file of a bundle is. */
export const ROLES = [
  'node-image',
  'k3s',
  'k3s-images',
  'calico-manifest',
  'calico-images',
  'calicoctl',
  'image',
] as const

/** Where in a bundle files are that variables named when it was made. */
export const GIVEN = 'given/'

const SUM = /^[0-9a-f]{64}$/
/** Below the bundle's folder, and nowhere else. */
const PATH = /^(?!.*\.\.)[\w+-][\w.+-]*(?:\/[\w+-][\w.+-]*)*$/

const file = object({
  role: oneOf(ROLES),
  /** In the archive and, when loaded, below the bundle's folder. */
  path: string().check(regex(PATH)),
  size: int().check(nonnegative()),
  sha256: string().check(regex(SUM)),
  /** Of an image: its whole reference; of the machines' image: its name. */
  name: optional(string()),
})

const bundleManifest = object({
  format: literal(1),
  /** The version of knet-labs that made it. */
  knetLabs: string(),
  arch: oneOf(['amd64', 'arm64']),
  /** Undefined of a given program. */
  k3sVersion: optional(string()),
  labs: array(string()),
  /** Of a loaded one: the machines' image that labs take because whoever loaded it wanted another than theirs. */
  nodeImage: optional(string()),
  files: array(file),
})

/** What is in a bundle: its first file, `knet-bundle.json`. */
export type BundleManifest = Infer<typeof bundleManifest>
export type BundleFile = Infer<typeof file>
export type Role = BundleFile['role']

/** @throws LabError KNET_BUNDLE for what is none, or of a knet-labs to come, or has another k3s than the pinned one. */
export function parseBundleManifest(json: string, bundle: string): BundleManifest {
  const value = parsed(json)
  const format = (value as { format?: unknown } | undefined)?.format
  if (typeof format === 'number' && format > 1)
    throw bundleError(bundle, 'was made by a later knet-labs', 'npm install --global knet-labs')
  const { data, error } = bundleManifest.safeParse(value)
  if (!data)
    throw bundleError(bundle, `has a list of files that can't be read: ${error.issues[0]?.message ?? ''}`)
  const forged = data.files.find(({ path, sha256 }) => (pinnedSum(path) ?? sha256) !== sha256)
  if (forged) throw bundleError(bundle, `has a ${forged.path} that is not the published one`)
  return data
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}

/** @param what after the bundle's name: "ends too early". */
export function bundleError(bundle: string, what: string, hint = AGAIN, cause?: unknown): LabError {
  return new LabError('KNET_BUNDLE', {
    message: `The bundle ${bundle} ${what}.`,
    hint,
    exitCode: EXIT.unavailable,
    cause,
  })
}

const AGAIN = 'Bring it here once more, or make it anew: knet-labs bundle create'
