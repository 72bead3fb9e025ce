import { EXIT } from '../../base/errors.ts'
import { chosenDriver, lacking, type DriverName, type DriverReport } from '../../drivers/choice.ts'
import type { Driver, Finding } from '../../machine/driver.ts'
import { planCommand } from '../../machine/packages.ts'
import type { App } from '../compose.ts'
import type { Command } from '../command.ts'
import { installPlanFor } from '../require-tools.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'what this machine has and lacks, why each is needed, and the command that mends it',
  options: [
    { flags: '--fix', summary: 'install what is missing with the platform’s package manager' },
    {
      flags: '--driver <name>',
      summary:
        'for which kind of nodes: sandbox, docker, container or vagrant; without it, what each could do',
    },
  ],
  examples: [
    'knet-labs doctor',
    'knet-labs doctor --driver docker',
    'knet-labs doctor --fix --yes',
    'knet-labs doctor --json',
  ],
  async run(app, { options }) {
    const asked = typeof options['driver'] === 'string' ? options['driver'] : undefined
    const driver = await app.driver(asked ?? NATIVE)
    const [found, others] = await Promise.all([
      driver.probe('doctor'),
      asked === undefined ? reportsOf(app) : undefined,
    ])
    let findings = found
    if (options['fix'] && (await fix(app, findings))) findings = await driver.probe('doctor')
    // Only who asks for them is told of downloads: the sandbox needs none.
    const assets = driver.name === 'docker' ? await assetsOf(app, driver) : undefined
    findings = [...findings, ...(assets?.findings ?? [])]
    const ready = lacking(findings).length === 0
    const plan = await installPlanFor(findings)
    const install = plan && planCommand(plan)
    const reports = others && [{ name: driver.name, findings }, ...others]
    const choice = reports && chosenDriver(process.platform, reports)
    app.output.document({
      ready,
      findings,
      install,
      ...(assets ? { assets: assets.parts } : {}),
      ...(reports ? { drivers: reports.map(summaryOf), default: choice } : {}),
    })
    for (const finding of findings) show(app.output, finding)
    app.output.line()
    if (install) app.output.line(`All of it (or: knet-labs doctor --fix --yes): ${install}`)
    app.output.line(ready ? 'Labs can start.' : 'Labs can’t start yet: see what is marked ✗.')
    if (reports) tellDrivers(app.output, reports)
    if (choice) app.output.line(`Without --driver labs start with ${choice.name}: ${choice.why}.`)
    return ready ? EXIT.ok : EXIT.unavailable
  },
}

/** Whose findings are told in full when nobody says which. */
const NATIVE: DriverName = process.platform === 'linux' ? 'sandbox' : 'container'
const DRIVERS: readonly DriverName[] = ['sandbox', 'docker', 'container', 'vagrant']

function reportsOf(app: App): Promise<DriverReport[]> {
  return Promise.all(
    DRIVERS.filter((name) => name !== NATIVE).map(async (name) => {
      return { name, findings: await (await app.driver(name)).probe('start') }
    }),
  )
}

const assetsOf = async (app: App, driver: Driver) =>
  (await import('../doctor-assets.ts')).assetsReport(app, driver)

const WHAT: Readonly<Record<DriverName, string>> = {
  sandbox: 'Linux namespaces, our own small Kubernetes: ready in a second',
  docker: 'containers with systemd, real k3s in them',
  container: 'the sandbox in one container, for macOS and Windows',
  vagrant: 'one virtual machine with all of it inside',
}

/** A driver as --json has it. */
const summaryOf = ({ name, findings }: DriverReport) => ({
  name,
  what: WHAT[name],
  ready: lacking(findings).length === 0,
  lacks: lacking(findings).map(({ name: lacks, seen, fix }) => ({ name: lacks, seen, fix })),
})

function tellDrivers(output: Output, reports: readonly DriverReport[]): void {
  output.line()
  for (const report of reports) {
    const { name, what, ready, lacks } = summaryOf(report)
    const mark = ready ? output.style('green', '✓') : output.style('yellow', '-')
    output.line(`${mark} --driver ${name.padEnd(9)} ${what}`)
    const [first] = lacks
    if (first) output.line(`  ${' '.repeat(18)} ${phrase(first.seen)}${first.fix ? `: ${first.fix}` : ''}`)
  }
  output.line()
}

/** What an error says is a sentence, which goes on here. */
const phrase = (seen: string): string => seen.replace(/\.$/, '')

async function fix(app: App, findings: readonly Finding[]): Promise<boolean> {
  const plan = await installPlanFor(findings)
  if (!plan) return false
  const { offerInstall } = await import('../install.ts')
  const missing = findings.filter((finding) => !finding.ok)
  return await offerInstall(app, plan, missing)
}

type Output = App['output']

function show(output: Output, { name, ok, required, seen, why, fix }: Finding): void {
  const mark = ok
    ? output.style('green', '✓')
    : required
      ? output.style('red', '✗')
      : output.style('yellow', '-')
  output.line(`${mark} ${name.padEnd(18)} ${ok ? seen : `${phrase(seen)}; needed for: ${why}`}`)
  if (!ok && fix) output.line(`  ${' '.repeat(18)} ${output.style('bold', 'fix')} ${fix}`)
}
