/**
 * `npm test`: installs the system packages that tests need, runs every check and every test, and ends with one line that
 * counts them. Exit status 0 only when nothing failed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { installDockerPackages, installVagrantPackages } from './docker-packages.mjs'

const root = resolve(import.meta.dirname, '..')
const tally = { passed: 0, failed: 0, skipped: 0 }

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}

function check(title, command, args) {
  process.stdout.write(`\n== ${title}\n`)
  const ok = run(command, args)
  tally[ok ? 'passed' : 'failed'] += 1
  if (!ok) process.stdout.write(`FAILED: ${title}\n`)
}

/**
 * Installs what is missing, and says what this machine can't do. What a package could have mended is a failure; what only
 * another kernel or other rights would mend keeps the tests that need a sandbox from being run.
 */
function systemPackages() {
  process.stdout.write('\n== system packages\n')
  run(process.execPath, ['dist/cli.js', 'doctor', '--fix', '--yes'])
  const doctor = spawnSync(process.execPath, ['dist/cli.js', 'doctor', '--json'], { cwd: root })
  const { ready, findings, install } = JSON.parse(doctor.stdout.toString())
  const lacking = findings.filter(({ ok, required }) => !ok && required)
  tally[ready || !install ? 'passed' : 'failed'] += 1
  const noDocker = installDockerPackages()
  if (noDocker) process.stdout.write(`Tests with Docker are skipped: ${noDocker}\n`)
  const noVagrant = installVagrantPackages()
  if (noVagrant) process.stdout.write(`Tests with Vagrant are skipped: ${noVagrant}\n`)
  return lacking.map(({ name, seen }) => `${name}: ${seen}`)
}

/** Projects of tests, all but elsewhere, which makes whole machines for many minutes (`npm run test:vagrant`). */
const PROJECTS = ['unit', 'sandbox', 'docker', 'vagrant', 'e2e', 'k3s', 'upstream']
/** They run niced beside the others, which mostly wait. */
const BESIDE = ['stock-kernel']

/**
 * Runs some projects of tests and counts them. Beside the others: with what they leave of the processors, and what it says is kept
 * until it ends.
 */
async function tests({ title, projects, beside = false }) {
  const folder = mkdtempSync(join(tmpdir(), 'knet-test-report-'))
  const report = join(folder, 'report.json')
  const said = join(folder, 'said')
  const vitest = [
    'vitest',
    'run',
    '--config=test/vitest.config.ts',
    ...projects.map((project) => `--project=${project}`),
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    '--reporter=./test/second-tries.ts',
    // A machine that stands still for ten seconds is no failure of ours; the reporter above names what needed it. What runs beside
    // takes many minutes, and its clock stands still with the machine.
    ...(beside ? [] : ['--retry=1']),
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ]
  const [command, args] = beside ? ['nice', ['-n', '19', 'npx', ...vitest]] : ['npx', vitest]
  const output = beside ? openSync(said, 'w') : 'inherit'
  if (!beside) process.stdout.write(`\n== ${title}\n`)
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', output, output],
    // What is under test was built above, and two builds at once would be in each other's way.
    env: { ...process.env, KNET_BUILT: '1' },
  })
  const [exitCode] = await once(child, 'exit')
  if (beside) process.stdout.write(`\n== ${title}\n${readFileSync(said, 'utf8')}`)
  count(report, exitCode === 0)
  rmSync(folder, { recursive: true, force: true })
}

function count(report, ok) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    )
    tally.passed += numPassedTests
    tally.skipped += numPendingTests + numTodoTests
    // A file that failed to load counts as one failure although it ran no test.
    const brokenFiles = testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    )
    tally.failed += Math.max(numFailedTests + brokenFiles.length, ok ? 0 : 1)
  } catch {
    tally.failed += 1
  }
}

async function allTests(lacking) {
  if (lacking.length > 0) {
    process.stdout.write(`\nSkipped, all projects of tests but unit, for want of ${lacking.join('; ')}\n`)
    tally.skipped += 1
    return tests({ title: 'tests', projects: ['unit'] })
  }
  await Promise.all([
    tests({ title: `tests: ${BESIDE.join(', ')}`, projects: BESIDE, beside: true }),
    tests({ title: 'tests', projects: PROJECTS }),
  ])
}

check('build', 'npm', ['run', '--silent', 'build'])
const lacking = systemPackages()
check('types', 'npm', ['run', '--silent', 'types'])
check('lint', 'npm', ['run', '--silent', 'lint'])
check('format', 'npm', ['run', '--silent', 'format'])
check('unused code', 'npm', ['run', '--silent', 'unused'])
check('package shape', 'npx', ['publint', '--strict'])
await allTests(lacking)

process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`)
process.exitCode = tally.failed === 0 ? 0 : 1
