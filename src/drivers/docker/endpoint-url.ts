import { urlToHttpOptions } from 'node:url'
import { EXIT, LabError } from '../../base/errors.ts'
import type { Endpoint } from './endpoint.ts'

/** @throws LabError KNET_DOCKER for an address that can't be read. */
export function urlOf(endpoint: Endpoint): URL {
  try {
    return new URL(endpoint.host)
  } catch {
    throw unreadable(endpoint)
  }
}

/** A URL's host, an IPv6 address without its brackets. */
export const bareHost = (url: URL): string => urlToHttpOptions(url).hostname ?? ''

/** What is said of an address that is none. */
export function unreadable({ host, from }: Endpoint): LabError {
  return new LabError('KNET_DOCKER', {
    message: `"${host}", from ${from}, is no address of a Docker daemon.`,
    hint: 'Such as unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host',
    exitCode: EXIT.unavailable,
  })
}
