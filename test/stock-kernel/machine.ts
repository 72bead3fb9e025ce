import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { initramfs } from './initramfs.ts'
import type { StockKernel } from './kernel.ts'

/** This machine's files under another kernel. */
export interface StockMachine {
  /** Runs lines of shell as root, one script at a time. @returns what they said, on stdout and stderr */
  run(script: string): Promise<{ exitCode: number; said: string }>
  stop(): Promise<void>
}

/**
 * The processor is emulated: a KVM that is there may hang all the same, where it is nested. Each instruction takes a nanosecond of the
 * machine's own time, so that no deadline in it passes sooner because this machine is slow or busy. It has neither erms nor la57:
 * what copies a byte at a time is emulated a byte at a time, and a fifth level of page tables would be walked for nothing.
 */
const QEMU =
  '-machine q35 -accel tcg,thread=single -icount shift=0 -cpu max,-erms,-la57 -m 3072 -nic none -nographic -no-reboot'.split(
    ' ',
  )
/**
 * QEMU translates code again when it is at another address, so programs are always at the same ones: with the hundreds of small programs
 * that labs run, that halves all there is to do. Nobody attacks this machine, either, or looks for what was in its memory.
 */
const KERNEL_OPTIONS = 'console=ttyS0 quiet panic=-1 norandmaps mitigations=off init_on_alloc=0'
/** The console is for what goes wrong; commands have a port of their own. */
const PORT = '-device virtio-serial -device virtserialport,chardev=knet,name=knet'.split(' ')
/** All files of this machine, to be read. */
const ROOT = '-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap'.split(' ')

/** @throws Error with the end of its console when it does not come up */
export async function bootStockKernel(kernel: StockKernel): Promise<StockMachine> {
  const folder = mkdtempSync(join(tmpdir(), 'knet-stock-kernel-'))
  writeFileSync(join(folder, 'initramfs'), initramfs(kernel))
  const socket = join(folder, 'port')
  const server = createServer().listen(socket)
  await once(server, 'listening')
  const connected = once(server, 'connection')
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      ...QEMU,
      ...ROOT,
      ...PORT,
      '-chardev',
      `socket,id=knet,path=${socket}`,
      '-kernel',
      kernel.image,
      '-initrd',
      join(folder, 'initramfs'),
      '-append',
      KERNEL_OPTIONS,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let console = ''
  for (const stream of [qemu.stdout, qemu.stderr]) {
    stream.on('data', (chunk) => (console = (console + String(chunk)).slice(-4000)))
  }
  const ended = once(qemu, 'exit').then(() => {
    throw new Error(`the machine ended: ${console}`)
  })
  ended.catch(() => {})
  const stop = async () => {
    qemu.kill('SIGKILL')
    await ended.catch(() => {})
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const [port] = (await Promise.race([connected, ended])) as [Socket]
    const lines = createInterface({ input: port })[Symbol.asyncIterator]()
    const answer = async () => String((await Promise.race([lines.next(), ended])).value)
    await answer()
    const run: StockMachine['run'] = async (script) => {
      port.write(`${Buffer.from(script).toString('base64')}\n`)
      const [code, said = ''] = (await answer()).split(' ')
      return { exitCode: Number(code), said: Buffer.from(said, 'base64').toString() }
    }
    // Where modprobe looks, whoever asks for a module. No mount: what is mounted below /usr keeps namespaces from an overlay of it.
    await run(
      `mkdir -p /lib/modules && ln -sfn ${kernel.modules}/${kernel.version} /lib/modules/${kernel.version}`,
    )
    return { run, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}
