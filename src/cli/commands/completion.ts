import { EXIT, LabError } from '../../base/errors.ts'
import { labIds } from '../../lab/lab-ids.ts'
import type { App } from '../compose.ts'
import type { Command } from '../command.ts'

/**
 * Each script asks the CLI itself for the words, giving what was typed up to and with the word at hand, so that labs and
 * commands added later complete without a new script.
 */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_knet_labs() { mapfile -t COMPREPLY < <(compgen -W "$(knet-labs completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"); }
complete -o default -F _knet_labs knet-labs`,
  zsh: `#compdef knet-labs
_knet_labs() { compadd -- \${(f)"$(knet-labs completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"} }
compdef _knet_labs knet-labs`,
  fish: `complete -c knet-labs -f -a '(knet-labs completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
}

const GLOBAL_OPTIONS = ['--json', '--lab', '--yes', '--debug', '--help']

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
      const words = await wordsFor(app, rest[0] === '--' ? rest.slice(1) : rest).catch(() => [])
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

/** @param typed the last is the word that is being typed, maybe empty. */
async function wordsFor(app: App, typed: readonly string[]): Promise<readonly string[]> {
  const { COMMANDS } = await import('../commands.ts')
  const [name, ...rest] = typed
  const command = rest.length > 0 ? COMMANDS.find((candidate) => candidate.name === name) : undefined
  if (!command) return COMMANDS.map((candidate) => candidate.name)
  if (rest.at(-1)?.startsWith('-')) {
    const own = command.options?.flatMap(({ flags }) => /--[\w-]+/.exec(flags) ?? []) ?? []
    return [...own, ...GLOBAL_OPTIONS]
  }
  if (command.subcommands) return command.subcommands.map((sub) => sub.name)
  const [argument] = command.arguments ?? []
  return rest.length === 1 && argument
    ? ((await WORDS_FOR[argument.name.replaceAll(/[<>[\].]/g, '')]?.(app)) ?? [])
    : []
}

/** By what a command calls its first argument. */
const WORDS_FOR: Readonly<Record<string, (app: App) => Promise<string[]>>> = {
  lab: async (app) => labIds(app.labsDir),
  'machine|pod': async (app) => {
    const { running } = await app.environment()
    return running.machines.map((machine) => machine.name)
  },
  step: async (app) => (await app.lab(await app.runningLab())).steps.map((step) => step.id),
  shell: async () => Object.keys(SCRIPTS),
}
