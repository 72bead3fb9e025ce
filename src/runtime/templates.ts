import { posix } from 'node:path'
import { writeLine, type NodeShell } from '../dataplane/cni/node-shell.ts'
import { quoted } from '../machine/quote.ts'
import type { Image } from '../workloads/image.ts'
import { BASE_TEMPLATE, TEMPLATES } from './node-programs.ts'

/** Makes the root that containers of an image are copied from, once for each image of a node. Gives its path there. */
export function templateMaker(shell: NodeShell): (image: Image) => Promise<string> {
  const made = new Map<string, Promise<string>>()
  return (image) => {
    const present = made.get(image.name) ?? make(shell, image)
    made.set(image.name, present)
    present.catch(() => made.delete(image.name))
    return present
  }
}

async function make(shell: NodeShell, image: Image): Promise<string> {
  if (image.files.length === 0 && image.nodeFolders.length === 0) return BASE_TEMPLATE
  const folder = `${TEMPLATES}/${image.name.replaceAll('/', '_')}`
  const unfinished = `${folder}.new`
  const { exitCode, output } = await shell.run(
    [
      'set -e',
      image.nodeSetup,
      `[ ! -d ${folder} ] || exit 0`,
      `cp -a ${BASE_TEMPLATE} ${unfinished}`,
      ...image.nodeFolders.map(({ target }) => `mkdir -p ${quoted(unfinished + target)}`),
      ...image.files.flatMap((file) => fileLines(unfinished, file)),
      `mv ${unfinished} ${folder}`,
    ].join('\n'),
  )
  if (exitCode !== 0) throw new Error(`the root of image ${image.name} could not be made: ${output.trim()}`)
  return folder
}

function fileLines(folder: string, { path, content, mode }: Image['files'][number]): string[] {
  const target = `${folder}${path}`
  return [
    `mkdir -p ${quoted(posix.dirname(target))}`,
    writeLine(target, content),
    ...(mode === undefined ? [] : [`chmod ${mode.toString(8)} ${quoted(target)}`]),
  ]
}
