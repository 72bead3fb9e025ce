import type { DeleteOptions } from '../../client.ts'
import type { Backend } from '../operations/backend.ts'
import { badRequest } from '../refusals.ts'
import { decodeObject } from './decode-body.ts'
import { readBody, type Exchange } from './exchange.ts'

const KIND = { group: '', version: 'v1', kind: 'DeleteOptions' }
const POLICIES = new Set(['Background', 'Foreground', 'Orphan'])

type Options = DeleteOptions & { readonly dryRun: boolean }

/**
 * How to delete: a DeleteOptions body, else the query's parameters. The body's apiVersion may be any group's.
 * @throws ApiError 400
 */
export async function deleteOptionsOf(backend: Backend, exchange: Exchange): Promise<Options> {
  const body = await readBody(exchange)
  const given = body.length > 0 ? await fromBody(backend, exchange, body) : fromQuery(exchange.query)
  const policy = given.propagationPolicy
  if (policy && !POLICIES.has(policy)) {
    throw badRequest(
      `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "${policy}": supported values: "Background", "Foreground", "Orphan"`,
    )
  }
  return given
}

interface Body extends DeleteOptions {
  readonly orphanDependents?: boolean
  readonly dryRun?: readonly string[]
}

async function fromBody(backend: Backend, { request }: Exchange, body: Buffer): Promise<Options> {
  const decoded = await decodeObject(backend, request, body, KIND, { anyVersion: true })
  const { gracePeriodSeconds, propagationPolicy, preconditions, orphanDependents, dryRun } = decoded as Body
  return {
    ...(typeof gracePeriodSeconds === 'number' ? { gracePeriodSeconds } : {}),
    ...(propagationPolicy ? { propagationPolicy } : orphans(orphanDependents)),
    ...(preconditions ? { preconditions } : {}),
    dryRun: dryRun?.includes('All') ?? false,
  }
}

function fromQuery(query: URLSearchParams): Options {
  const grace = query.get('gracePeriodSeconds')
  const policy = query.get('propagationPolicy') as DeleteOptions['propagationPolicy'] | null
  const orphan = query.get('orphanDependents')
  return {
    ...(grace ? { gracePeriodSeconds: Number(grace) } : {}),
    ...(policy ? { propagationPolicy: policy } : orphans(orphan === null ? undefined : orphan === 'true')),
    dryRun: false,
  }
}

/** The older way to say what becomes of dependents. */
function orphans(orphan: boolean | undefined): Pick<DeleteOptions, 'propagationPolicy'> {
  if (orphan === undefined) return {}
  return { propagationPolicy: orphan ? 'Orphan' : 'Background' }
}
