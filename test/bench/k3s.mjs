/** Three nodes with a real k3s: ours beside the talks' way, in the same run. Needs Docker, the machines' image, KNET_K3S_BIN and KNET_K3S_IMAGES. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const BY_HAND = join(import.meta.dirname, 'k3s-by-hand.sh')
const TEMPLATE = resolve(import.meta.dirname, '../../src/k3s/containerd-config.ts')

/** @param k.command runs words to their end and gives `{ seconds, stdout }`. */
export async function benchK3s({ runs, home, cli, command, report }) {
  const bin = process.env.KNET_K3S_BIN
  const { findings } = JSON.parse(
    command([process.execPath, cli, 'doctor', '--driver', 'docker', '--json']).stdout,
  )
  const image = findings.find(({ name }) => name === 'machine image')
  if (!bin || !image?.ok) return
  const template = join(home, 'config.toml.tmpl')
  writeFileSync(template, /=> `(.*)`/s.exec(readFileSync(TEMPLATE, 'utf8'))[1])
  const samples = Array.from({ length: runs }, () => {
    const hand = command(['sh', BY_HAND, image.seen, bin, template, ...archives()])
    const ours = command([
      process.execPath,
      cli,
      'start',
      'flannel',
      '--driver',
      'docker',
      '--detach',
    ]).seconds
    const stop = command([process.execPath, cli, 'stop', 'flannel']).seconds
    return { hand: Number(hand.stdout.trim()) / 1e9, ours, stop }
  })
  const of = (what) => samples.map((sample) => sample[what])
  report('k3s on three machines, the talks’ way', '-', of('hand'))
  report('k3s on three machines', '<= 0.7 of the talks’ way', of('ours'))
  report(
    'k3s on three machines, as a part of the talks’ way',
    '<= 0.7',
    samples.map(({ ours, hand }) => ours / hand),
    'times',
  )
  report('stop of three machines with k3s', '<= 5 s', of('stop'))
}

function archives() {
  const path = process.env.KNET_K3S_IMAGES
  if (!path) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => name.includes('.tar'))
    .map((name) => join(path, name))
}
