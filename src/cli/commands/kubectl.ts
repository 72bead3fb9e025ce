import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { Command } from '../command.ts'
import { requireCluster } from '../require-cluster.ts'

export const kubectl: Command = {
  name: 'kubectl',
  summary: 'run the host’s kubectl on the lab’s cluster',
  arguments: [{ name: '[args...]', summary: 'as for kubectl; -f finds the lab’s own manifests too' }],
  passThrough: true,
  examples: ['knet-labs kubectl get pods -A -o wide', 'knet-labs kubectl apply -f hello-kubernetes.yaml'],
  async run(app, { args }) {
    const environment = await app.environment()
    const { kubectlEnv } = requireCluster(environment)
    const folders = [join(app.paths.run(environment.name), 'manifests'), join(app.labsDir, environment.name)]
    const words = folders.reduce((words, folder) => withLabFiles(words, folder), [...args])
    return await (await app.host()).attach(['kubectl', ...words], { env: kubectlEnv })
  },
}

/** Steps speak of the lab's manifests by their bare names: they are meant when no such file is in the folder one is in. */
export function withLabFiles(
  args: readonly string[],
  labDir: string,
  exists: (file: string) => boolean = existsSync,
): string[] {
  const found = (file: string) => {
    const inLab = join(labDir, file)
    return !isAbsolute(file) && !exists(file) && exists(inLab) ? inLab : file
  }
  return args.map((word, index) => {
    const before = args[index - 1]
    if (before === '-f' || before === '--filename') return found(word)
    const joined = /^(-f|--filename=)(.+)$/.exec(word)
    return joined ? `${joined[1]}${found(joined[2] ?? '')}` : word
  })
}
