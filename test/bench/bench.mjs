/**
 * `npm run bench [-- --runs N] [--only start,check] [--json]`: the figures we hold to, as medians over runs of the built CLI,
 * beside a floor by plain shell measured in the same run. No figure is a test: machines are noisy; compare the ratios.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { cpuMeter, cpuOf, cpuOfEndedChildren, memoryOf } from './processes.mjs'

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
const IPIP = join(import.meta.dirname, 'ipip.sh')
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
const meter = cpuMeter()

/** @returns stdout and seconds. @throws when the command fails. */
function run(argv, { input, mayFail = false, env: more = {}, timeout = 120_000 } = {}) {
  const began = performance.now()
  const child = spawnSync(argv[0], argv.slice(1), {
    env: { ...env, ...more },
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout,
  })
  const seconds = (performance.now() - began) / 1000
  if (child.status !== 0 && !mayFail)
    throw new Error(`${argv.join(' ')}: ${child.status} ${child.stdout}${child.stderr}`)
  return { seconds, stdout: child.stdout }
}

/** As run, but beside others. */
function begin(argv, more = {}) {
  const child = spawn(argv[0], argv.slice(1), {
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
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
const stateOf = (id) => join(state, 'knet-labs/labs', id)
const holderOf = (id) => JSON.parse(readFileSync(join(stateOf(id), 'run/holder.json'), 'utf8')).pid
const holderPid = () => holderOf('flannel')
const times = (count, take) => Array.from({ length: count }, take)

function report(name, goal, samples, unit = 's') {
  const sorted = samples.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  results.push({ name, goal, unit, median, min: sorted[0], max: sorted.at(-1), runs: samples.length })
  if (flags.json) return
  const show = (value) => value.toFixed(unit === 's' || unit === 'times' ? 3 : 0)
  const range = `(${show(sorted[0])} to ${show(sorted.at(-1))})`
  console.log(
    `${name.padEnd(48)} ${show(median).padStart(8)} ${unit.padEnd(7)} ${range.padEnd(20)} goal ${goal}`,
  )
}

/** Seconds of CPU of everything so far: commands that ended and the running lab. */
function cpuUsed(holder) {
  return meter ? meter.seconds() : cpuOfEndedChildren() + (holder ? cpuOf(holder) : 0)
}

function start() {
  return knet('start', 'flannel', '--plain', '--yes')
}

function benchStart() {
  const samples = times(RUNS, () => {
    const before = cpuUsed()
    const floor = run([FLOOR]).seconds
    const made = cpuUsed()
    const floorCpu = made - before
    const ready = start().seconds
    const cpu = cpuUsed(holderPid()) - made
    return { floor, floorCpu, ready, cpu, stop: knet('stop', 'flannel').seconds }
  })
  const of = (what) => samples.map((sample) => sample[what])
  report('floor: holder and 3 nodes by plain shell', '-', of('floor'))
  report('floor: CPU of all processes', '-', of('floorCpu'))
  report('start to ready', '<= 1.0 s (moonshot 0.6)', of('ready'))
  report('start to ready: CPU of all processes', '-', of('cpu'))
  report('stop', '<= 0.3 s', of('stop'))
}

/** IP-in-IP of each kind that this machine has, without a cluster. */
function benchIpip() {
  const source = readFileSync(
    resolve(import.meta.dirname, '../../src/dataplane/calico/tunnel/ipip-program.ts'),
    'utf8',
  )
  const program = join(home, 'ipip.pl')
  writeFileSync(program, /String\.raw`(.*)`/s.exec(source)[1])
  for (const kind of ['ipip', 'tun', 'veth']) {
    const take = () =>
      run(['timeout', '20', 'sh', IPIP, kind, program], { mayFail: true }).stdout.trim().split('\n')
    const samples = times(RUNS, take).filter((lines) => lines.length === 2)
    if (samples.length === 0) continue
    const of = (line, scale) => samples.map((lines) => Number(lines[line]) * scale)
    report(`IP-in-IP by ${kind}: there and back`, '<= 400', of(0, 1e3), 'µs')
    report(`IP-in-IP by ${kind}: one stream`, '>= 400', of(1, 1), 'Mbit/s')
  }
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
  const before = { memory: memoryOf(holderPid()), cpu: cpuUsed(holderPid()) }
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
  report('CPU of that, kubectl included', '-', [cpuUsed(holderPid()) - before.cpu])
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

/** One TCP stream for a second, as fast as a read and a write of a megabyte go: perl is on every Debian, iperf3 is not. */
const RECEIVE = `use IO::Socket::INET; use Time::HiRes "time";
my $c = IO::Socket::INET->new(Listen => 1, LocalPort => 5201, ReuseAddr => 1)->accept; my ($n, $t) = (0, time);
while (my $r = sysread $c, $_, 1 << 20) { $n += $r } printf "%d\n", $n * 8e-6 / (time() - $t)`
const SEND = `use IO::Socket::INET; use Time::HiRes "time"; my $s; my $b = "x" x (1 << 20);
select undef, undef, undef, 0.01 until $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 5201);
my $end = time() + 1; syswrite $s, $b while time() < $end`

/** Where sender and receiver run: the path's own work is done where they are. */
const [SENDER, RECEIVER] = [0, Math.min(1, availableParallelism() - 1)].map(
  (cpu) => `taskset -c ${cpu} perl -e`,
)

/** A shell that stays, and runs its words at each line: what it costs to get there is no part of what is measured. */
function standing(argv) {
  const [command, ...args] = argv
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env })
  const lines = createInterface({ input: child.stdout })
  return {
    begin: () => child.stdin.write('\n'),
    said: async () => Number((await once(lines, 'line'))[0]),
    async end() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

const atEachLine = (words) => ['sh', '-c', `while read -r _; do ${words}; done`, 'sh']

/** The floor's nodes; sends a second of traffic each time it is asked. */
function pathByHand() {
  const send = `ip netns exec p2 ${RECEIVER} "$1" & ip netns exec p0 ${SENDER} "$2" 10.42.2.2; wait`
  const both = standing([FLOOR, ...atEachLine(send), RECEIVE, SEND])
  return {
    ask() {
      both.begin()
      return both.said()
    },
    end: () => both.end(),
  }
}

/** The lab's; the same from pod to pod. */
function pathOfPods(ip) {
  const inPod = (node, ...argv) => standing(['kubectl', 'exec', '-i', `on-${node}`, '--', ...argv])
  const receiver = inPod('node2', ...atEachLine(`${RECEIVER} "$1"`), RECEIVE)
  const sender = inPod('node0', ...atEachLine(`${SENDER} "$1" ${ip}`), SEND)
  return {
    ask() {
      receiver.begin()
      sender.begin()
      return receiver.said()
    },
    end: () => Promise.all([receiver.end(), sender.end()]),
  }
}

/**
 * Both paths are there all the while and take turns, on the same processors: what else the machine does changes more from one
 * second to the next than the paths differ, so what tells is the ratio of neighbours.
 */
async function benchThroughput() {
  needPods()
  const ip = kubectl('get', 'pod', 'on-node2', '-o', 'jsonpath={.status.podIP}').stdout
  const [byHand, ofPods] = [pathByHand(), pathOfPods(ip)]
  const samples = []
  for (let i = 0; i < RUNS * 2; i++) samples.push({ floor: await byHand.ask(), lab: await ofPods.ask() })
  await Promise.all([byHand.end(), ofPods.end()])
  const of = (figure) => samples.map(figure)
  report(
    'VXLAN made by hand',
    '-',
    of(({ floor }) => floor),
    'Mbit/s',
  )
  report(
    'pod to pod over VXLAN',
    '-',
    of(({ lab }) => lab),
    'Mbit/s',
  )
  report(
    'pod to pod, of the path by hand',
    '>= 0.95',
    of(({ lab, floor }) => lab / floor),
    'times',
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
/** Loaded only where it is wanted: it needs a pseudo-terminal. */
async function benchScreen() {
  const { benchUi } = await import('./ui.mjs')
  const socket = join(lab, 'run/terminals.sock')
  await benchUi({ cli: flags.cli, env, runs: Math.min(RUNS, 5), report, knet, holderPid, socket })
}

/** Labs of their own. */
async function benchWithCalico() {
  const { benchCalico } = await import('./calico.mjs')
  const of = (id) => ({ KUBECONFIG: join(stateOf(id), 'kubeconfig') })
  await benchCalico({
    runs: Math.min(RUNS, 5),
    home,
    cli: flags.cli,
    report,
    knet,
    cpuUsed,
    holderOf,
    inLab: (id, argv, input) => run(argv, { input, env: of(id) }),
    beginInLab: (id, argv) => begin(argv, of(id)),
  })
}

/** Of machines that Docker makes, where there is a k3s for them. */
async function benchRealCluster() {
  const { benchK3s } = await import('./k3s.mjs')
  const command = (argv) => run(argv, { timeout: 900_000 })
  await benchK3s({ runs: Math.min(RUNS, 3), home, cli: flags.cli, command, report })
}

const wanted = (name) => !flags.only || flags.only.split(',').includes(name)

try {
  if (wanted('help')) benchHelp()
  if (wanted('ipip')) benchIpip()
  if (wanted('start')) benchStart()
  const inside = Object.keys(BENCHES).filter(wanted)
  if (inside.length > 0) start()
  for (const name of inside) await BENCHES[name]()
  if (wanted('ui')) await benchScreen()
  if (wanted('calico')) await benchWithCalico()
  if (wanted('k3s') && process.env.KNET_K3S_BIN) await benchRealCluster()
} finally {
  knet('stop', '--all')
  meter?.end()
  rmSync(home, { recursive: true, force: true })
}
if (flags.json) console.log(JSON.stringify(results))
