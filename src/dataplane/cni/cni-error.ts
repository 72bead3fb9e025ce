import { LabError } from '../../base/errors.ts'

/** The error object of the CNI specification, section "Error": what a plugin prints when it fails. */
export class CniError extends Error {
  override readonly name = 'CniError'
  readonly code: number
  readonly details: string

  constructor(message: string, init: { code?: number; details?: string } = {}) {
    super(message)
    this.code = init.code ?? 999
    this.details = init.details ?? ''
  }
}

/** A failed plugin as libcni words it (libcni/api.go): `plugin type="flannel" failed (add): …`. */
export function pluginFailed(type: string, command: 'add' | 'delete' | 'check', thrown: unknown): LabError {
  const text =
    thrown instanceof CniError && thrown.details
      ? `${thrown.message}; ${thrown.details}`
      : thrown instanceof Error
        ? thrown.message
        : String(thrown)
  return cniFailure(`plugin type="${type}" failed (${command}): ${text}`, thrown)
}

export function cniFailure(message: string, cause?: unknown): LabError {
  return new LabError('KNET_CNI', {
    message,
    cause,
    hint: 'Look at /etc/cni/net.d and /run/flannel/subnet.env on the node.',
  })
}
