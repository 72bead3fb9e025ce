import { LabError } from '../base/errors.ts'
import type { Machine } from '../machine/machine.ts'
import { logOf } from './service.ts'
import { unitOf } from './unit.ts'

/** What keeps k3s from running, with what is known of why. */
export function trouble(message: string, cause?: unknown): LabError {
  return new LabError('KNET_K3S', {
    message,
    hint: 'knet-labs doctor      (or our own Kubernetes, which needs no k3s: knet-labs start <lab> --driver sandbox --cluster own)',
    ...(cause === undefined ? {} : { cause }),
  })
}

const LINES = 15

/** The last that k3s said on a machine, a line each; empty where nothing can be had. */
export async function lastWords(machine: Machine, isServer: boolean): Promise<string> {
  const journal = `journalctl --unit ${unitOf(isServer)} --lines ${LINES} --output cat --no-pager 2>/dev/null`
  const said = await machine
    .exec(['/bin/sh', '-c', `{ ${journal} || tail -n ${LINES} ${logOf(isServer)}; } | cut -c 1-300`], {
      timeoutMs: 5000,
    })
    .catch(() => undefined)
  return said?.stdout.trim() ?? ''
}
