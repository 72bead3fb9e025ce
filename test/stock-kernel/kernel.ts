import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A kernel of Debian's with its modules. */
export interface StockKernel {
  /** As uname -r says it. */
  readonly version: string
  /** Not compressed, where we know how. */
  readonly image: string
  /** What is /lib/modules of its own machine. */
  readonly modules: string
}

const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache/stock-kernel')
const PACKAGE = 'linux-image-amd64'
/** Programs, and the packages that bring them. */
const PROGRAMS = { 'qemu-system-x86_64': 'qemu-system-x86', depmod: 'kmod', xz: 'xz-utils' }

/** Why there can be none here; undefined when {@link fetchStockKernel} may be called. */
export function whyNoStockKernel(): string | undefined {
  if (process.arch !== 'x64') return `Debian's kernel would run on x64, this is ${process.arch}`
  if (process.getuid?.() !== 0) return 'the root of this machine can be lent to another by root only'
  if (!has('apt-get')) return 'there is no apt to get QEMU and a kernel by'
  return undefined
}

/**
 * The newest kernel of the distribution, unpacked and not installed: installing it would have this machine make an initramfs and
 * boot it. QEMU is installed where it is missing.
 */
export function fetchStockKernel(): StockKernel {
  const missing = Object.entries(PROGRAMS).flatMap(([program, name]) => (has(program) ? [] : [name]))
  if (!nameOfPackage()) apt('update')
  if (missing.length > 0) apt('install', '--yes', '--no-install-recommends', ...missing)
  const name = nameOfPackage()
  if (!name) throw new Error(`apt knows no ${PACKAGE}`)
  const folder = join(CACHE, name)
  const version = name.replace('linux-image-', '')
  const kernel = {
    version,
    image: join(folder, `boot/vmlinux-${version}`),
    modules: join(folder, 'lib/modules'),
  }
  if (existsSync(kernel.image)) return kernel
  mkdirSync(folder, { recursive: true })
  apt('download', name)
  const file = readdirSync(CACHE).find((one) => one.startsWith(`${name}_`)) ?? ''
  execFileSync('dpkg-deb', ['--extract', join(CACHE, file), folder])
  execFileSync('depmod', ['--basedir', folder, version])
  writeFileSync(kernel.image, unpacked(readFileSync(join(folder, `boot/vmlinuz-${version}`))))
  return kernel
}

/** A kernel unpacks itself when it is booted, which is half of an emulated boot: one of Debian's is in xz. */
function unpacked(kernel: Buffer): Buffer {
  const start = kernel.indexOf(Buffer.from('\xfd7zXZ\0', 'latin1'))
  if (start === -1) return kernel
  const words = ['--decompress', '--stdout', '--single-stream']
  return execFileSync('xz', words, { input: kernel.subarray(start), maxBuffer: 1 << 28 })
}

/** What the package that only names the newest depends on: linux-image-6.1.0-56-amd64. */
function nameOfPackage(): string | undefined {
  const { stdout } = spawnSync('apt-cache', ['depends', PACKAGE], { encoding: 'utf8' })
  return /Depends: (linux-image-\S+)/.exec(stdout)?.[1]
}

function apt(...words: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  mkdirSync(CACHE, { recursive: true })
  execFileSync('apt-get', ['--quiet', ...words], { cwd: CACHE, env, stdio: ['ignore', 'ignore', 'inherit'] })
}

function has(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', program]).status === 0
}
