/**
 * `npm test`: installs the system packages that tests need, runs every check and every test, and ends with one line that
 * counts them. Exit status 0 only when nothing failed.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

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
  return lacking.map(({ name, seen }) => `${name}: ${seen}`)
}

function tests(lacking) {
  process.stdout.write('\n== tests\n')
  if (lacking.length > 0) {
    process.stdout.write(`Skipped, the projects sandbox and e2e, for want of ${lacking.join('; ')}\n`)
    tally.skipped += 2
  }
  const folder = mkdtempSync(join(tmpdir(), 'knet-test-report-'))
  const report = join(folder, 'report.json')
  const filters = process.argv.slice(2)
  const ok = run('npx', [
    'vitest',
    'run',
    '--config=test/vitest.config.ts',
    ...(lacking.length > 0 ? ['--project=unit'] : []),
    '--reporter=default',
    '--reporter=json',
    '--reporter=./test/second-tries.ts',
    // A machine that stands still for ten seconds is no failure of ours; the reporter above names what needed it.
    '--retry=1',
    `--outputFile.json=${report}`,
    ...filters,
  ])
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
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

check('build', 'npm', ['run', '--silent', 'build'])
const lacking = systemPackages()
check('types', 'npm', ['run', '--silent', 'types'])
check('lint', 'npm', ['run', '--silent', 'lint'])
check('format', 'npm', ['run', '--silent', 'format'])
check('unused code', 'npm', ['run', '--silent', 'unused'])
check('package shape', 'npx', ['publint', '--strict'])
tests(lacking)

process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`)
process.exitCode = tally.failed === 0 ? 0 : 1
