import { EXIT, LabError } from '../../base/errors.ts'
import type { Command } from '../command.ts'

/**
 * Each script asks the CLI itself for the words, so that labs and commands added later complete without a new script.
 */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_knet_labs() { mapfile -t COMPREPLY < <(compgen -W "$(knet-labs completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"); }
complete -o default -F _knet_labs knet-labs`,
  zsh: `#compdef knet-labs
_knet_labs() { compadd -- \${(f)"$(knet-labs completion words -- \${words[2,CURRENT-1]} 2>/dev/null)"} }
compdef _knet_labs knet-labs`,
  fish: `complete -c knet-labs -f -a '(knet-labs completion words -- (commandline -opc)[2..-1] 2>/dev/null)'`,
}

/** Commands whose first argument is a lab. */
const TAKE_A_LAB = new Set(['start', 'resume', 'stop', 'test'])
/** Commands whose first argument is a machine. */
const TAKE_A_MACHINE = new Set(['shell', 'exec', 'capture'])

export const completion: Command = {
  name: 'completion',
  summary: 'print a completion script for bash, zsh or fish',
  arguments: [
    { name: '<shell>', summary: 'bash, zsh or fish' },
    { name: '[words...]', summary: 'used by the scripts themselves' },
  ],
  passThrough: true,
  examples: ['source <(knet-labs completion bash)', 'knet-labs completion fish | source'],
  async run(app, { args }) {
    const [shell = '', ...rest] = args
    if (shell === 'words') {
      const words = await wordsAfter(app, rest[0] === '--' ? rest.slice(1) : rest)
      app.output.document(words)
      app.output.line(words.join('\n'))
      return EXIT.ok
    }
    const script = SCRIPTS[shell]
    if (!script) {
      throw new LabError('KNET_USAGE', {
        message: `There is no completion for "${shell}".`,
        hint: `knet-labs completion ${Object.keys(SCRIPTS).join('|')}`,
        exitCode: EXIT.usage,
      })
    }
    app.output.document({ shell, script })
    app.output.line(script)
    return EXIT.ok
  },
}

async function wordsAfter(
  app: Parameters<NonNullable<Command['run']>>[0],
  typed: readonly string[],
): Promise<string[]> {
  const [command] = typed
  if (!command) return (await import('../commands.ts')).COMMANDS.map(({ name }) => name)
  if (TAKE_A_LAB.has(command)) return (await import('../../lab/load.ts')).labIds(app.labsDir)
  if (TAKE_A_MACHINE.has(command)) {
    const environment = await app.environment().catch(() => undefined)
    return environment?.running.machines.map((machine) => machine.name) ?? []
  }
  return []
}
