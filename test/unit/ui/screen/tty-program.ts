// A program that takes the terminal, for tty.test.ts: shows its pid, its size and the keys typed, some of which do things.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fullName } from '../../../../src/ui/dispatch.ts'
import { KeyParser } from '../../../../src/ui/input/key-parser.ts'
import { Router } from '../../../../src/ui/input/router.ts'
import { Compositor } from '../../../../src/ui/screen/compositor.ts'
import { Tty } from '../../../../src/ui/screen/tty.ts'

const { stdin, stdout } = process
const typed: string[] = []
const draw = () =>
  screen.setBase(`pid ${process.pid}.\nsize ${tty.size.columns}x${tty.size.rows}.\ntyped ${typed.join(' ')}.`)

const actions: Record<string, () => unknown> = {
  q: () => {
    tty.leave()
    stdout.write('quit\n')
  },
  t: () => {
    throw new Error('thrown on purpose')
  },
  j: () => Promise.reject(new Error('rejected on purpose')),
  z: () => tty.suspend(),
  r: () => handOver('echo child of $PPID; read line; echo "read $line"; read line'),
  v: () =>
    handOver(String.raw`printf '\033[?1049h\033[?1003h\033[?25lfull screen'; stty raw -echo; kill -9 $$`),
  w: () =>
    handOver(String.raw`printf '\033[?1049h\033[?1003h\033[?25lfull screen'; stty raw -echo; sleep 60`),
}

async function handOver(script: string): Promise<void> {
  await tty.release(async () => {
    const child = spawn('sh', ['-c', script], { stdio: 'inherit' })
    const forget = tty.onLeave(() => child.kill('SIGKILL'))
    await once(child, 'exit')
    forget()
  })
}

const keys = new KeyParser((event) => {
  const name = 'paste' in event ? `<${event.paste}>` : fullName(event)
  typed.push(name)
  draw()
  void actions[name]?.()
})
const router = new Router({ hotkeys: {}, onHotkey: () => {}, sink: () => keys })
const [columns, rows] = stdout.getWindowSize()
const screen = new Compositor({ output: stdout, size: { columns, rows }, colours: true })
const tty = new Tty({
  stdin,
  stdout,
  screen,
  title: 'tty test',
  onInput: (bytes) => router.push(bytes),
  onResize: (size) => {
    screen.resize(size)
    draw()
  },
  onSignal: (name) => stdout.write(`ended by ${name}\n`),
})
tty.enter()
draw()
