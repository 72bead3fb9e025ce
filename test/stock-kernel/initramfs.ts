import { spawnSync, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { StockKernel } from './kernel.ts'

/** What it takes to see the host's files, and to hear commands. */
const MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console']

interface Entry {
  /** From the root, without the first slash. */
  readonly path: string
  /** Without it, it is a folder. */
  readonly content?: Buffer
}

/** The first root of a machine: this machine's busybox, the modules that mount the second, and the two programs that do so. */
export function initramfs(kernel: StockKernel): Buffer {
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim()
  const ours = (name: string) => readFileSync(join(import.meta.dirname, name))
  const files: Entry[] = [
    { path: 'init', content: ours('init.sh') },
    { path: 'agent.sh', content: ours('agent.sh') },
    { path: 'bin/busybox', content: readFileSync(busybox) },
    ...librariesOf(busybox).map((file) => ({ path: file.slice(1), content: readFileSync(file) })),
    // They are loaded by name, so that the name says when.
    ...moduleFiles(kernel).map((file, i) => ({
      path: `modules/${String(i).padStart(2, '0')}-${basename(file)}`,
      content: readFileSync(file),
    })),
  ]
  const folders = new Set(['dev', 'host', 'memory', 'proc', ...files.flatMap(({ path }) => parentsOf(path))])
  return archive([...[...folders].map((path) => ({ path })), ...files])
}

function parentsOf(path: string): string[] {
  const parent = dirname(path)
  return parent === '.' ? [] : [...parentsOf(parent), parent]
}

/** None of a program that is linked statically. */
function librariesOf(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' })
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, file = '']) => file)
}

/** Modules and what they want, in the order in which they can be loaded. */
function moduleFiles({ modules, version }: StockKernel): string[] {
  const options = ['--dirname', dirname(dirname(modules)), '--set-version', version, '--show-depends']
  const lines = MODULES.flatMap((name) =>
    execFileSync('modprobe', [...options, name], { encoding: 'utf8' }).split('\n'),
  )
  return [...new Set(lines.flatMap((line) => /^insmod (\S+)/.exec(line)?.[1] ?? []))]
}

/** The "newc" format of cpio, as Documentation/driver-api/early-userspace/buffer-format.rst of the kernel tells it. */
function archive(entries: readonly Entry[]): Buffer {
  const records = [...entries, { path: 'TRAILER!!!', content: Buffer.alloc(0) }]
  return Buffer.concat(records.flatMap((entry, i) => [header(i + 1, entry), padded(entry.content)]))
}

function header(inode: number, { path, content }: Entry): Buffer {
  const mode = content ? 0o100755 : 0o040755
  const fields = [inode, mode, 0, 0, 1, 0, content?.length ?? 0, 0, 0, 0, 0, path.length + 1, 0]
  const hex = fields.map((field) => field.toString(16).padStart(8, '0')).join('')
  return padded(Buffer.from(`070701${hex}${path}\0`))
}

function padded(content: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([content, Buffer.alloc((4 - (content.length % 4)) % 4)])
}
