import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import * as z from 'zod/mini'
import { messageOf } from '../../base/errors.ts'
import { footlooseError } from './footloose-error.ts'

const volume = z.object({
  type: z.enum(['bind', 'volume', 'tmpfs']),
  source: z.optional(z.string()),
  destination: z.string(),
  readOnly: z.optional(z.boolean()),
})

const port = z.int().check(z.minimum(0), z.maximum(65_535))

const portMapping = z.object({
  protocol: z.optional(z.enum(['tcp', 'udp'])),
  address: z.optional(z.string()),
  hostPort: z.optional(port),
  containerPort: port,
})

/** Footloose's file (pkg/config). What it calls ignite, machines that are no containers, is refused by being no `docker`. */
const file = z.object({
  cluster: z.object({ name: z.string(), privateKey: z.optional(z.string()) }),
  machines: z.array(
    z.object({
      count: z.int().check(z.minimum(0)),
      spec: z.object({
        name: z.string(),
        image: z.string(),
        privileged: z.optional(z.boolean()),
        volumes: z.optional(z.nullable(z.array(volume))),
        networks: z.optional(z.nullable(z.array(z.string()))),
        portMappings: z.optional(z.nullable(z.array(portMapping))),
        cmd: z.optional(z.string()),
        backend: z.optional(z.enum(['docker', ''])),
      }),
    }),
  ),
})

export interface FootlooseVolume {
  readonly type: 'bind' | 'volume' | 'tmpfs'
  /** Absolute; empty for a volume without a name. */
  readonly source: string
  readonly destination: string
  readonly readOnly: boolean
}

export interface FootloosePort {
  readonly protocol: 'tcp' | 'udp'
  /** Of the host; empty for all. */
  readonly address: string
  /** 0 for any that is free. */
  readonly hostPort: number
  readonly containerPort: number
}

/** What a footloose.yaml says of one machine. */
export interface FootlooseMachine {
  readonly name: string
  readonly image: string
  readonly privileged: boolean
  readonly networks: readonly string[]
  readonly volumes: readonly FootlooseVolume[]
  readonly ports: readonly FootloosePort[]
  /** Instead of /sbin/init. */
  readonly cmd?: string | undefined
}

export interface FootlooseFile {
  readonly path: string
  readonly cluster: string
  /** Absolute. */
  readonly privateKey?: string | undefined
  readonly machines: readonly FootlooseMachine[]
}

/** Reads a footloose.yaml. @throws LabError KNET_FOOTLOOSE that says what is wrong with it. */
export async function readFootloose(path: string): Promise<FootlooseFile> {
  const { parse } = await import('yaml')
  let source: unknown
  try {
    source = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw footlooseError(path, messageOf(cause).split('\n')[0] ?? '', cause)
  }
  const read = file.safeParse(source)
  if (read.success) return footlooseFile(path, read.data)
  const [issue] = read.error.issues
  throw footlooseError(path, `${issue?.path.join('.') || 'the file'}: ${issue?.message}`)
}

function footlooseFile(path: string, { cluster, machines }: z.infer<typeof file>): FootlooseFile {
  const folder = dirname(path)
  const absolute = (one: string) => resolve(folder, one.replace(/^~(?=\/|$)/, homedir()))
  // Footloose counts over all of the file, so that replicas of different kinds get different ports.
  let place = 0
  const all = machines.flatMap(({ count, spec }) =>
    Array.from({ length: count }, (_, index): FootlooseMachine => {
      const offset = place++
      return {
        name: formatted(spec.name, index),
        image: spec.image,
        privileged: spec.privileged ?? false,
        networks: spec.networks ?? [],
        volumes: (spec.volumes ?? []).map(({ type, source = '', destination, readOnly = false }) => ({
          type,
          source: type === 'bind' ? absolute(source) : source,
          destination,
          readOnly,
        })),
        ports: (spec.portMappings ?? []).map(
          ({ protocol = 'tcp', address = '', hostPort, containerPort }) => ({
            protocol,
            address,
            hostPort: hostPort ? hostPort + offset : 0,
            containerPort,
          }),
        ),
        cmd: spec.cmd || undefined,
      }
    }),
  )
  const { name, privateKey } = cluster
  return { path, cluster: name, privateKey: privateKey && absolute(privateKey), machines: all }
}

/** A name as Go's Sprintf writes it with its number: `node%d`, `node-%02d`, and `%.0d`, which of 0 leaves nothing. */
export function formatted(template: string, index: number): string {
  return template.replaceAll(/%(?:%|(0?)(\d*)(?:\.(\d+))?d)/g, (word, zero, width, precision) => {
    if (word === '%%') return '%'
    const digits = precision === '0' && index === 0 ? '' : String(index).padStart(Number(precision ?? 0), '0')
    return digits.padStart(Number(width), zero ? '0' : ' ')
  })
}
