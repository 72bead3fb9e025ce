import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attachments } from './container-spec.ts'
import type { Given } from './given.ts'
import type { DockerRecord } from './record.ts'

/** Files for footloose, in a lab's run folder. */
const CONFIG = 'footloose.yaml'
const KEY = 'cluster-key'

/**
 * What footloose reads to show the machines, ssh into them and delete them: `footloose -c <run>/footloose.yaml show`.
 * Its machines are counted: a topology whose names end otherwise than in 0, 1, 2 … has none of it.
 */
export function footlooseConfig(
  record: Pick<DockerRecord, 'cluster' | 'image' | 'topology'>,
  run: string,
): string | undefined {
  const { cluster, image, topology } = record
  const [first] = topology.machines
  const stem = first?.name.replace(/0$/, '') ?? ''
  if (!first || !topology.machines.every(({ name }, index) => name === `${stem}${index}`)) return undefined
  return `cluster:
  name: ${cluster}
  privateKey: ${JSON.stringify(join(run, KEY))}
machines:
- count: ${topology.machines.length}
  spec:
    backend: docker
    image: ${image}
    name: ${stem}%d
    networks:
${attachments(record, first)
  .map(({ network }) => `    - ${network}\n`)
  .join('')}    portMappings:
    - containerPort: 22
    privileged: true
`
}

/** Writes the configuration and a key of the lab's own. @returns the line for the machines' authorized_keys. */
export function writeFootloose(record: DockerRecord, run: string): string {
  if (record.given) return authorizedBy(record.given, record.cluster)
  const key = newKey(record.cluster)
  writeKey(join(run, KEY), key)
  const config = footlooseConfig(record, run)
  if (config !== undefined) writeFileSync(join(run, CONFIG), config)
  return key.line
}

/** The key that a footloose.yaml names, made where there is none yet: as footloose has it. */
function authorizedBy({ privateKey }: Given, cluster: string): string {
  if (privateKey === undefined) return ''
  if (!existsSync(privateKey)) writeKey(privateKey, newKey(cluster))
  return readFileSync(`${privateKey}.pub`, 'utf8')
}

function writeKey(file: string, { pem, line }: Key): void {
  writeFileSync(file, pem, { mode: 0o600 })
  writeFileSync(`${file}.pub`, line)
}

interface Key {
  readonly pem: string
  /** Of authorized_keys. */
  readonly line: string
}

function newKey(comment: string): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const line = authorizedKey(
    Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
    Buffer.from(publicKey.export({ format: 'jwk' }).y ?? '', 'base64url'),
    comment,
  )
  return { pem: privateKey.export({ type: 'sec1', format: 'pem' }) as string, line }
}

/** A public key as sshd reads it (RFC 4253 6.6, RFC 5656 3.1): length and content of each part, in base64. */
function authorizedKey(x: Buffer, y: Buffer, comment: string): string {
  const point = Buffer.concat([Buffer.of(4), x, y])
  const parts = [Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), point].flatMap((part) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    return [length, part]
  })
  return `ecdsa-sha2-nistp256 ${Buffer.concat(parts).toString('base64')} ${comment}\n`
}
