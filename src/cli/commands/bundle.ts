import { resolve } from 'node:path'
import { EXIT } from '../../base/errors.ts'
import type { Command, Invocation } from '../command.ts'
import { K3S_VERSION_OPTION, withK3sVersion } from '../k3s-version.ts'

const NO_IMAGE = { flags: '--without-image', summary: 'not the machines’ image: no Docker is needed' }

const create: Command = {
  name: 'create',
  summary: 'all that labs on real clusters download, in one file',
  options: [
    { flags: '--file <file>', summary: 'where to; knet-bundle.tar when absent' },
    { flags: '--labs <labs>', summary: 'for these only: flannel,calico' },
    K3S_VERSION_OPTION,
    NO_IMAGE,
  ],
  examples: [
    'knet-labs bundle create',
    'knet-labs bundle create --labs flannel,services --file /media/usb/knet-bundle.tar',
  ],
  async run(given, { options }) {
    const app = await withK3sVersion(given, options)
    const { createBundle } = await import('../bundle-create.ts')
    const file = resolve(text(options, 'file') ?? 'knet-bundle.tar')
    const labs = text(options, 'labs')
      ?.split(',')
      .map((id) => id.trim())
      .filter(Boolean)
    const { manifest, bytes } = await createBundle(app, { file, labs, withImage: !options['withoutImage'] })
    app.output.document({ file, bytes, ...manifest })
    app.output.line(`${file} (${megabytes(bytes)}). Where there is no network: knet-labs bundle load ${file}`)
    return EXIT.ok
  },
}

const load: Command = {
  name: 'load',
  summary: 'take a bundle’s files: from now on no lab needs a network',
  arguments: [{ name: '<file>', summary: 'what bundle create wrote' }],
  options: [
    {
      flags: '--other-image',
      summary: 'also a machines’ image that is not this knet-labs’ own: labs take it then',
    },
    NO_IMAGE,
  ],
  examples: [
    'knet-labs bundle load knet-bundle.tar',
    'knet-labs bundle load knet-bundle.tar --without-image',
  ],
  async run(app, { args, options }) {
    const { loadBundle } = await import('../bundle-load.ts')
    const file = resolve(args[0] ?? '')
    const manifest = await loadBundle(app, file, {
      withImage: !options['withoutImage'],
      otherImage: Boolean(options['otherImage']),
    })
    app.output.document({ file, ...manifest })
    app.output.line(`Loaded. These labs need no network now: ${manifest.labs.join(', ')}.`)
    return EXIT.ok
  },
}

const show: Command = {
  name: 'show',
  summary: 'what is in a bundle',
  arguments: [{ name: '[file]', summary: 'the one that is loaded when absent' }],
  examples: ['knet-labs bundle show', 'knet-labs bundle show knet-bundle.tar --json'],
  async run(app, { args }) {
    const { findBundle } = await import('../bundle-load.ts')
    const found = await findBundle(app, args[0] === undefined ? undefined : resolve(args[0]))
    app.output.document({ bundle: found ?? null })
    if (!found) {
      app.output.line('No bundle is loaded.')
      return EXIT.no
    }
    const { knetLabs, arch, labs, k3sVersion = 'given', files } = found
    app.output.line(`Made by knet-labs ${knetLabs} for ${arch}, k3s ${k3sVersion}: ${labs.join(', ')}`)
    app.output.line()
    app.output.table(
      ['WHAT', 'SIZE', 'SHA-256', 'NAME'],
      files.map(({ role, size, sha256, path, name }) => [
        role,
        megabytes(size),
        sha256.slice(0, 12),
        name ?? path.slice(path.lastIndexOf('/') + 1),
      ]),
    )
    return EXIT.ok
  },
}

const remove: Command = {
  name: 'remove',
  summary: 'forget the bundle that is loaded; its machines’ image stays in Docker',
  examples: ['knet-labs bundle remove'],
  async run(app) {
    const { removeBundle } = await import('../../assets/bundle/loaded-bundle.ts')
    const removed = await removeBundle(app.paths.cache)
    app.output.document({ removed })
    app.output.line(removed ? 'Removed.' : 'No bundle is loaded.')
    return EXIT.ok
  },
}

export const bundle: Command = {
  name: 'bundle',
  summary: 'labs on real clusters where there is no network: one file that brings all they need',
  examples: ['knet-labs bundle create', 'knet-labs bundle load knet-bundle.tar', 'knet-labs bundle show'],
  subcommands: [create, load, show, remove],
}

function text(options: Invocation['options'], name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
