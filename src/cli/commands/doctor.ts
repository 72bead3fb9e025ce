import { EXIT } from '../../base/errors.ts'
import type { Finding } from '../../machine/driver.ts'
import { planCommand } from '../../machine/packages.ts'
import type { App } from '../compose.ts'
import type { Command } from '../command.ts'
import { installPlanFor } from '../require-tools.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'what this machine has and lacks, why each is needed, and the command that mends it',
  options: [
    { flags: '--fix', summary: 'install what is missing with the platform’s package manager' },
    { flags: '--driver <name>', summary: 'for which kind of nodes' },
  ],
  examples: ['knet-labs doctor', 'knet-labs doctor --fix --yes', 'knet-labs doctor --json'],
  async run(app, { options }) {
    const driver = await app.driver(typeof options['driver'] === 'string' ? options['driver'] : undefined)
    let findings = await driver.probe('doctor')
    if (options['fix'] && (await fix(app, findings))) findings = await driver.probe('doctor')
    const ready = findings.every((finding) => finding.ok || !finding.required)
    const plan = await installPlanFor(findings)
    const install = plan && planCommand(plan)
    app.output.document({ ready, findings, install })
    for (const finding of findings) show(app.output, finding)
    app.output.line()
    if (install) app.output.line(`All of it (or: knet-labs doctor --fix --yes): ${install}`)
    app.output.line(ready ? 'Labs can start.' : 'Labs can’t start yet: see what is marked ✗.')
    return ready ? EXIT.ok : EXIT.unavailable
  },
}

async function fix(app: App, findings: readonly Finding[]): Promise<boolean> {
  const plan = await installPlanFor(findings)
  if (!plan) return false
  const { offerInstall } = await import('../install.ts')
  const missing = findings.filter((finding) => !finding.ok)
  return await offerInstall(app, plan, missing)
}

type Output = Parameters<NonNullable<Command['run']>>[0]['output']

function show(output: Output, { name, ok, required, seen, why, fix }: Finding): void {
  const mark = ok
    ? output.style('green', '✓')
    : required
      ? output.style('red', '✗')
      : output.style('yellow', '-')
  output.line(`${mark} ${name.padEnd(18)} ${ok ? seen : `${seen}; needed for: ${why}`}`)
  if (!ok && fix) output.line(`  ${' '.repeat(18)} ${output.style('bold', 'fix')} ${fix}`)
}
