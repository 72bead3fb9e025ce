import type { BringUpOptions } from './bring-up.ts'
import type { App } from './compose.ts'

/**
 * How a lesson is shown: on the full screen, a line at a time on a terminal, or once and no more for scripts. Terminals that
 * can't place text, and CI, get no screen.
 */
export type Mode = 'screen' | 'prompt' | 'once'

export function modeOf(app: App, options: Readonly<Record<string, unknown>>): Mode {
  const { env, globals } = app
  const onTerminal = process.stdin.isTTY && process.stdout.isTTY
  if (options['detach'] || globals.json || !onTerminal || env['CI']) return 'once'
  return options['plain'] || !env['TERM'] || env['TERM'] === 'dumb' ? 'prompt' : 'screen'
}

/** Runs the full-screen app, at a lab or at the list of labs. */
export async function runFullScreen(
  app: App,
  { lab, ...asked }: { readonly lab?: string } & Pick<BringUpOptions, 'driver' | 'cluster'>,
): Promise<number> {
  const [{ runUi }, { uiPorts }] = await Promise.all([import('../ui/run.ts'), import('./ui-ports.ts')])
  return await runUi({ ports: uiPorts(app, asked), env: app.env, lab })
}
