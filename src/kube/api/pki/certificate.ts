import { createHash, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { bits, explicit, implicit, integer, octets, oid, sequence, set, text, time, yes } from './der.ts'

export interface CertificateRequest {
  /** Common name. */
  readonly subject: string
  readonly publicKey: KeyObject
  readonly issuer: { readonly name: string; readonly key: KeyObject; readonly publicKey: KeyObject }
  readonly notBefore: Date
  readonly notAfter: Date
  /** DNS names and IPv4 addresses of a server; undefined makes an authority. */
  readonly hosts?: readonly string[]
}

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const SERIAL_BYTES = 16

/** An X.509 v3 certificate (RFC 5280), signed with an EC P-256 key. @returns PEM */
export function issueCertificate(request: CertificateRequest): string {
  const { subject, publicKey, issuer, notBefore, notAfter } = request
  const serial = randomBytes(SERIAL_BYTES)
  // Serial numbers are positive and minimal: no leading zero byte.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const body = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(serial),
    ECDSA_SHA256,
    name(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(request))),
  )
  const certificate = sequence(body, ECDSA_SHA256, bits(sign('sha256', body, issuer.key)))
  return pem('CERTIFICATE', certificate)
}

export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function name(common: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), text(common))))
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [yes()] : []), octets(value))
}

function extensions({ hosts, publicKey, issuer }: CertificateRequest): Buffer[] {
  const subjectKey = extension('2.5.29.14', octets(keyIdentifier(publicKey)))
  const issuerKey = extension('2.5.29.35', sequence(implicit(0, keyIdentifier(issuer.publicKey))))
  if (!hosts) {
    return [
      extension('2.5.29.19', sequence(yes()), true),
      // digitalSignature, keyCertSign, cRLSign
      extension('2.5.29.15', bits(Buffer.of(0b1000_0110), 1), true),
      subjectKey,
    ]
  }
  return [
    extension('2.5.29.19', sequence(), true),
    // digitalSignature
    extension('2.5.29.15', bits(Buffer.of(0b1000_0000), 7), true),
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
    subjectKey,
    issuerKey,
    extension('2.5.29.17', sequence(...hosts.map(alternativeName))),
  ]
}

function alternativeName(host: string): Buffer {
  return isIPv4(host) ? implicit(7, Buffer.from(host.split('.').map(Number))) : implicit(2, Buffer.from(host))
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
}
