/**
 * `npm run bench [-- --runs N] [--only start,check] [--json]`: the figures we hold to, as medians over runs of the built CLI, beside a plain-shell
 * floor measured in the same run. No figure is a test: machines are noisy; compare the ratios.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const here = import.meta.dirname
const CLI = resolve(here, '../../dist/cli.js')
const { values: flags } = parseArgs({
  options: { runs: { type: 'string', default: '10' }, only: { type: 'string' }, json: { type: 'boolean', default: false } },
})
const RUNS = Number(flags.runs)
const home = mkdtempSync(join(tmpdir(), 'knet-bench-'))
const env = { ...process.env, HOME: home, XDG_STATE_HOME: join(home, 'state'), NO_COLOR: '1' }
const results = []

function run(argv, input) {
  const started = performance.now()
  const child = spawnSync(argv[0], argv.slice(1), { env, input, encoding: 'utf8', maxBuffer: 1 << 28 })
  return { ms: performance.now() - started, code: child.status, stdout: child.stdout, stderr: child.stderr }
}

const knet = (...args) => run([process.execPath, CLI, ...args])

function must(result, what) {
  if (result.code !== 0) throw new Error(`${what} failed (${result.code}): ${result.stdout}${result.stderr}`)
  return result
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

function report(name, goal, samples, unit = 's') {
  const row = { name, goal, unit, median: median(samples), min: Math.min(...samples), max: Math.max(...samples), runs: samples.length }
  results.push(row)
  if (!flags.json) {
    const show = (value) => value.toFixed(unit === 's' ? 3 : 1)
    console.log(`${name.padEnd(44)} ${show(row.median).padStart(9)} ${unit.padEnd(4)} (${show(row.min)} to ${show(row.max)})   goal ${goal}`)
  }
}

const wanted = (name) => !flags.only || flags.only.split(',').includes(name)
const kubectl = (args, input) => run([process.execPath, CLI, 'kubectl', ...args], input)
const manifest = resolve(here, '../../labs/flannel/hello-kubernetes.yaml')

/** Milliseconds until `look` gives a truthy value. */
function elapsedUntil(started, look, deadlineMs = 60_000) {
  while (!look()) if (performance.now() - started > deadlineMs) throw new Error('deadline passed')
  return performance.now() - started
}

function benchStart() {
  const floor = []
  const start = []
  const stop = []
  for (let i = 0; i < RUNS; i++) {
    floor.push(must(run([join(here, 'floor.sh')]), 'floor').ms / 1000)
    start.push(must(knet('start', 'flannel', '--plain', '--yes'), 'start').ms / 1000)
    stop.push(must(knet('stop', 'flannel'), 'stop').ms / 1000)
  }
  report('floor: holder and 3 nodes by plain shell', '-', floor)
  report('start to ready', '<= 1.0 s (moonshot 0.6)', start)
  report('stop', '<= 0.3 s', stop)
}

function benchHelp() {
  report('--help', '<= 0.35 s', Array.from({ length: RUNS }, () => knet('--help').ms / 1000))
}

function benchApply() {
  const samples = []
  for (let i = 0; i < RUNS; i++) {
    const started = performance.now()
    must(kubectl(['apply', '-f', manifest]), 'apply')
    const ip = kubectl(['get', 'svc', 'hello-kubernetes', '-o', 'jsonpath={.spec.clusterIP}']).stdout
    const ask = (node) => knet('exec', node, '--', 'curl', '-sf', '-m', '1', `http://${ip}/`).code === 0
    samples.push(elapsedUntil(started, () => ['node0', 'node1', 'node2'].every(ask)) / 1000)
    must(kubectl(['delete', '-f', manifest, '--wait=true']), 'delete')
    kubectl(['wait', '--for=delete', 'pod', '-l', 'app=hello-kubernetes', '--timeout=30s'])
  }
  report('apply to ClusterIP answering on each node', '<= 0.5 s', samples)
}

/** PSS of the holder and everything below it, in MB. */
function memory() {
  const children = new Map()
  const pss = new Map()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1]
      children.set(parent, [...(children.get(parent) ?? []), pid])
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
      pss.set(pid, Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0))
    } catch {
      // It ended while we looked.
    }
  }
  const holder = JSON.parse(readFileSync(join(env.XDG_STATE_HOME, 'knet-labs/labs/flannel/run/holder.json'), 'utf8')).pid
  const total = (pid) => (pss.get(String(pid)) ?? 0) + (children.get(String(pid)) ?? []).reduce((sum, child) => sum + total(child), 0)
  return total(holder) / 1024
}

function benchScale() {
  must(kubectl(['apply', '-f', manifest]), 'apply')
  const before = memory()
  const started = performance.now()
  must(kubectl(['scale', 'deployment/hello-kubernetes', '--replicas=200']), 'scale')
  must(kubectl(['rollout', 'status', 'deployment/hello-kubernetes', '--timeout=60s']), 'rollout')
  const ips = kubectl(['get', 'pods', '-l', 'app=hello-kubernetes', '-o', 'jsonpath={.items[*].status.podIP}']).stdout.split(' ')
  const urls = ips.map((ip) => `http://${ip}:8080/`)
  const ask = () => knet('exec', 'node0', '--', 'curl', '-sf', '-m', '2', '-Z', '-o', '/dev/null', ...urls).code === 0
  report(`scale to 200, all answering (${ips.length})`, '<= 6 s', [elapsedUntil(started, ask) / 1000])
  report('memory added by 200 pods', '<= 500 MB', [memory() - before], 'MB')
  must(kubectl(['delete', '-f', manifest]), 'delete')
}

function benchList() {
  const objects = Array.from({ length: 2000 }, (_, i) => `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${i}, namespace: default}\ndata: {a: b}\n`)
  const file = join(home, 'many.yaml')
  writeFileSync(file, objects.join(''))
  must(kubectl(['create', '-f', file]), 'create 2,000')
  report('list of 2,000 objects', '<= 0.3 s', Array.from({ length: RUNS }, () => must(kubectl(['get', 'configmaps']), 'list').ms / 1000))
}

function benchChecks() {
  const times = (what, ...args) => report(what.name, what.goal, Array.from({ length: RUNS }, () => knet(...args).ms / 1000))
  must(knet('solve', '--to', '2'), 'solve')
  must(knet('goto', '1'), 'goto')
  times({ name: 'check without capture', goal: '<= 0.3 s' }, 'check')
  times({ name: 'reset --step', goal: '<= 0.5 s' }, 'reset', '--step')
  must(knet('goto', '5'), 'goto')
  times({ name: 'check with capture', goal: '<= 2 s' }, 'check')
  times({ name: 'reset --lab', goal: '<= 1.2 s' }, 'reset', '--lab')
}

async function main() {
  const ran = []
  try {
    if (wanted('help')) benchHelp()
    if (wanted('start')) benchStart()
    if (['memory', 'apply', 'scale', 'list', 'check'].some(wanted)) must(knet('start', 'flannel', '--plain', '--yes'), 'start')
    if (wanted('memory')) report('memory of the idle lab (PSS)', '<= 200 MB', [memory()], 'MB')
    if (wanted('apply')) benchApply()
    if (wanted('check')) benchChecks()
    if (wanted('scale')) benchScale()
    if (wanted('list')) benchList()
  } finally {
    knet('stop', '--all')
    rmSync(home, { recursive: true, force: true })
  }
  if (flags.json) console.log(JSON.stringify(results))
  return ran
}

await main()
