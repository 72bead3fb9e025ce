import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodesOf } from '../../machine/topology.ts'
import { networkName } from './container-spec.ts'
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
  const nodes = nodesOf(record.topology)
  const stem = nodes[0]?.name.replace(/0$/, '') ?? ''
  if (!nodes.every(({ name }, index) => name === `${stem}${index}`)) return undefined
  return `cluster:
  name: ${record.cluster}
  privateKey: ${JSON.stringify(join(run, KEY))}
machines:
- count: ${nodes.length}
  spec:
    backend: docker
    image: ${record.image}
    name: ${stem}%d
    networks:
    - ${networkName(record.cluster)}
    portMappings:
    - containerPort: 22
    privileged: true
`
}

/** Writes the configuration and a key of the lab's own. @returns the line for the machines' authorized_keys. */
export function writeFootloose(record: DockerRecord, run: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const line = authorizedKey(
    Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
    Buffer.from(publicKey.export({ format: 'jwk' }).y ?? '', 'base64url'),
    record.cluster,
  )
  writeFileSync(join(run, KEY), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 })
  writeFileSync(join(run, `${KEY}.pub`), line)
  const config = footlooseConfig(record, run)
  if (config) writeFileSync(join(run, CONFIG), config)
  return line
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
