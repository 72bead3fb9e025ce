/** A mount as fstab(5) has it. `mount --all` makes many with one process. */
export interface Mount {
  readonly source: string
  readonly target: string
  /** Kernel's name of the filesystem, or "none" for binds. */
  readonly type: string
  readonly options: string
}

export function bind(source: string, target: string, access: 'ro' | 'rw'): Mount {
  return { source, target, type: 'none', options: access === 'ro' ? 'rbind,ro' : 'rbind' }
}

const escaped = (field: string) =>
  field.replaceAll(/[\s\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)

export function formatFstab(mounts: readonly Mount[]): string {
  return mounts.map((m) => `${escaped(m.source)} ${escaped(m.target)} ${m.type} ${m.options} 0 0\n`).join('')
}
