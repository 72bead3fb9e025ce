/**
 * `npm run bench [-- --runs N] [--only start,check] [--json]`: the figures we hold to, as medians over runs of the built CLI,
 * beside a floor by plain shell measured in the same run. No figure is a test: machines are noisy; compare the ratios.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { cpuOf, cpuOfEndedChildren, memoryOf } from './processes.mjs'

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    cli: { type: 'string', default: resolve(import.meta.dirname, '../../dist/cli.js') },
  },
})
const RUNS = Number(flags.runs)
const FLOOR = join(import.meta.dirname, 'floor.sh')
const MANIFEST = resolve(import.meta.dirname, '../../labs/flannel/hello-kubernetes.yaml')
const NODES = ['node0', 'node1', 'node2']
const home = mkdtempSync(join(tmpdir(), 'knet-bench-'))
const state = join(home, 'state')
const lab = join(state, 'knet-labs/labs/flannel')
const env = {
  ...process.env,
  HOME: home,
  XDG_STATE_HOME: state,
  NO_COLOR: '1',
  KUBECONFIG: join(lab, 'kubeconfig'),
}
const results = []

/** @returns stdout and seconds. @throws when the command fails. */
function run(argv, { input, mayFail = false } = {}) {
  const began = performance.now()
  const child = spawnSync(argv[0], argv.slice(1), {
    env,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
  })
  const seconds = (performance.now() - began) / 1000
  if (child.status !== 0 && !mayFail)
    throw new Error(`${argv.join(' ')}: ${child.status} ${child.stdout}${child.stderr}`)
  return { seconds, stdout: child.stdout }
}

/** As run, but beside others. */
function begin(argv) {
  const child = spawn(argv[0], argv.slice(1), { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk))
  const said = new Promise((done) => child.stdout.once('data', done))
  const ended = new Promise((done, fail) => {
    child.once('close', (code) =>
      code === 0 ? done(stdout) : fail(new Error(`${argv.join(' ')}: ${code} ${stdout}`)),
    )
  })
  return { said, ended }
}

const knet = (...args) => run([process.execPath, flags.cli, ...args])
const kubectl = (...args) => run(['kubectl', ...args])
const holderPid = () => JSON.parse(readFileSync(join(lab, 'run/holder.json'), 'utf8')).pid
const times = (count, take) => Array.from({ length: count }, take)

function report(name, goal, samples, unit = 's') {
  const sorted = samples.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  results.push({ name, goal, unit, median, min: sorted[0], max: sorted.at(-1), runs: samples.length })
  if (flags.json) return
  const show = (value) => value.toFixed(unit === 's' ? 3 : 0)
  const range = `(${show(sorted[0])} to ${show(sorted.at(-1))})`
  console.log(
    `${name.padEnd(48)} ${show(median).padStart(8)} ${unit.padEnd(7)} ${range.padEnd(20)} goal ${goal}`,
  )
}

function start() {
  return knet('start', 'flannel', '--plain', '--yes')
}

function benchStart() {
  const samples = times(RUNS, () => {
    const before = cpuOfEndedChildren()
    const floor = run([FLOOR]).seconds
    const floorCpu = cpuOfEndedChildren() - before
    const ready = start().seconds
    const cpu = cpuOfEndedChildren() - before - floorCpu + cpuOf(holderPid())
    return { floor, floorCpu, ready, cpu, stop: knet('stop', 'flannel').seconds }
  })
  const of = (what) => samples.map((sample) => sample[what])
  report('floor: holder and 3 nodes by plain shell', '-', of('floor'))
  report('floor: CPU of all processes', '-', of('floorCpu'))
  report('start to ready', '<= 1.0 s (moonshot 0.6)', of('ready'))
  report('start to ready: CPU of all processes', '-', of('cpu'))
  report('stop', '<= 0.3 s', of('stop'))
}

function benchHelp() {
  report(
    'bare node',
    '-',
    times(RUNS, () => run([process.execPath, '-e', '0']).seconds),
  )
  report(
    '--help',
    '<= 0.35 s',
    times(RUNS, () => knet('--help').seconds),
  )
}

/** A pod on each node that can do anything; made once, gone with the lab. */
function needPods() {
  if (kubectl('get', 'pods', '-o', 'name').stdout.includes('on-node')) return
  for (const node of NODES) {
    const overrides = JSON.stringify({ spec: { nodeName: node } })
    kubectl('run', `on-${node}`, '--image=netshoot', `--overrides=${overrides}`, '--', 'sleep', 'infinity')
  }
  kubectl('wait', '--for=condition=Ready', ...NODES.map((node) => `pod/on-${node}`))
}

/** No oftener: each question is several to the cluster's DNS while the service is not there. */
const ASK = 'echo asking; until curl -sf -m 1 -o /dev/null http://hello-kubernetes/; do sleep 0.1; done'

async function benchApply() {
  needPods()
  const samples = []
  for (let i = 0; i < RUNS; i++) {
    const asking = NODES.map((node) => begin(['kubectl', 'exec', `on-${node}`, '--', 'sh', '-c', ASK]))
    await Promise.all(asking.map(({ said }) => said))
    const began = performance.now()
    await Promise.all([
      begin(['kubectl', 'apply', '-f', MANIFEST]).ended,
      ...asking.map(({ ended }) => ended),
    ])
    samples.push((performance.now() - began) / 1000)
    kubectl('delete', '-f', MANIFEST, '--wait=true')
    kubectl('wait', '--for=delete', 'pod', '-l', 'app=hello-kubernetes', '--timeout=30s')
  }
  report('apply to answering in a pod on each node', '<= 0.5 s', samples)
}

function benchScale() {
  needPods()
  kubectl('apply', '-f', MANIFEST)
  kubectl('rollout', 'status', 'deployment/hello-kubernetes')
  const before = { memory: memoryOf(holderPid()), cpu: cpuOf(holderPid()) }
  const began = performance.now()
  kubectl('scale', 'deployment/hello-kubernetes', '--replicas=200')
  kubectl('rollout', 'status', 'deployment/hello-kubernetes', '--timeout=60s')
  const pods = ['get', 'pods', '-l', 'app=hello-kubernetes', '-o', 'jsonpath={.items[*].status.podIP}']
  const urls = kubectl(...pods)
    .stdout.split(' ')
    .map((ip) => `http://${ip}:8080/`)
  const outputs = urls.flatMap((url) => ['-o', '/dev/null', url])
  kubectl('exec', 'on-node0', '--', 'curl', '-sf', '-m', '5', '-Z', ...outputs)
  report(`scale to ${urls.length}, all answering`, '<= 6 s', [(performance.now() - began) / 1000])
  report('CPU of that inside', '-', [cpuOf(holderPid()) - before.cpu])
  report('memory added by 200 pods', '<= 500 MB', [memoryOf(holderPid()) - before.memory], 'MB')
  kubectl('delete', '-f', MANIFEST)
}

function benchList() {
  const object = (i) => `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${i}}\ndata: {a: b}\n`
  const file = join(home, 'many.yaml')
  writeFileSync(file, times(2000, (_, i) => object(i)).join(''))
  kubectl('create', '-f', file)
  report(
    'list of 2,000 objects',
    '<= 0.3 s',
    times(RUNS, () => kubectl('get', 'configmaps').seconds),
  )
}

/** One TCP stream, as fast as a read and a write of a megabyte go: perl is on every Debian, iperf3 is not. */
const RECEIVE = `use IO::Socket::INET; use Time::HiRes "time";
my $c = IO::Socket::INET->new(Listen => 1, LocalPort => 5201, ReuseAddr => 1)->accept; my ($n, $t) = (0, time);
while (my $r = sysread $c, $_, 1 << 20) { $n += $r } printf "%d", $n * 8e-6 / (time() - $t)`
const SEND = `use IO::Socket::INET; my $s; my $b = "x" x (1 << 20);
select undef, undef, undef, 0.01 until $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 5201);
my $end = time + 3; syswrite $s, $b while time < $end`

async function benchThroughput() {
  needPods()
  const ip = kubectl('get', 'pod', 'on-node2', '-o', 'jsonpath={.status.podIP}').stdout
  const byHand = 'ip netns exec p2 perl -e "$1" & ip netns exec p0 perl -e "$2" 10.42.2.2; wait'
  const samples = []
  for (let i = 0; i < Math.min(RUNS, 5); i++) {
    const floor = Number(run([FLOOR, 'sh', '-c', byHand, 'sh', RECEIVE, SEND]).stdout)
    const received = begin(['kubectl', 'exec', 'on-node2', '--', 'perl', '-e', RECEIVE]).ended
    kubectl('exec', 'on-node0', '--', 'perl', '-e', SEND, ip)
    samples.push({ floor, lab: Number(await received) })
  }
  report(
    'floor: VXLAN made by hand',
    '-',
    samples.map(({ floor }) => floor),
    'Mbit/s',
  )
  report(
    'pod to pod over VXLAN',
    '>= 0.95 of that',
    samples.map(({ lab }) => lab),
    'Mbit/s',
  )
}

function benchChecks() {
  const command = (name, goal, ...args) => {
    const take = () => run([process.execPath, flags.cli, ...args], { mayFail: true }).seconds
    report(name, goal, times(RUNS, take))
  }
  knet('goto', 'nodes')
  command('check without capture', '<= 0.3 s', 'check')
  command('reset --step', '<= 0.5 s', 'reset', '--step')
  knet('solve', '--to', 'udp')
  knet('goto', 'udp')
  command('check with capture', '<= 2 s', 'check')
  command('reset --lab', '<= 1.2 s', 'reset', '--lab')
}

const BENCHES = {
  memory: () => report('memory of the idle lab (PSS)', '<= 200 MB', [memoryOf(holderPid())], 'MB'),
  check: benchChecks,
  apply: benchApply,
  throughput: benchThroughput,
  scale: benchScale,
  list: benchList,
}
const wanted = (name) => !flags.only || flags.only.split(',').includes(name)

try {
  if (wanted('help')) benchHelp()
  if (wanted('start')) benchStart()
  const inside = Object.keys(BENCHES).filter(wanted)
  if (inside.length > 0) start()
  for (const name of inside) await BENCHES[name]()
} finally {
  knet('stop', '--all')
  rmSync(home, { recursive: true, force: true })
}
if (flags.json) console.log(JSON.stringify(results))
