import { readFileSync, statfsSync } from 'node:fs'
import { availableParallelism, machine, release, totalmem } from 'node:os'

/** What a node says of its machine. */
export interface MachineFacts {
  readonly cpus: number
  readonly memoryKiB: number
  readonly storageKiB: number
  readonly kernelVersion: string
  /** Such as "Debian GNU/Linux 12 (bookworm)". */
  readonly osImage: string
  /** Go's name: amd64, arm64. */
  readonly architecture: string
  readonly machineID: string
  readonly bootID: string
}

const GO_ARCHITECTURE: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  riscv64: 'riscv64',
}

/** Reads this machine; what can't be read is left empty. */
export function readMachineFacts(): MachineFacts {
  const { blocks, bsize } = statfsSync('/')
  return {
    cpus: availableParallelism(),
    memoryKiB: Math.floor(totalmem() / 1024),
    storageKiB: Math.floor((blocks * bsize) / 1024),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(read('/etc/os-release'))?.[1] ?? 'Linux',
    architecture: GO_ARCHITECTURE[machine()] ?? machine(),
    machineID: read('/etc/machine-id').trim(),
    bootID: read('/proc/sys/kernel/random/boot_id').trim(),
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
