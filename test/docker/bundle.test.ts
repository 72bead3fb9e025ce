import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { Stranger } from '../helpers/cli.ts'
import { sharedDaemon, whyNoDocker } from '../helpers/docker-lab.ts'

beforeEach(({ skip }) => skip(whyNoDocker() !== undefined, whyNoDocker()))

/** The machines' image that bundles of these tests have: one of the daemon's under a name of its own. */
const IMAGE = 'bundled:1'

async function taggedImage(): Promise<void> {
  await sharedDaemon().docker.getImage('tiny:1').tag({ repo: 'bundled', tag: '1' })
}

const hasImage = async () =>
  (await sharedDaemon().docker.listImages()).some(({ RepoTags }) => RepoTags?.includes(IMAGE))

function stranger(image = IMAGE): Stranger {
  const made = new Stranger({
    DOCKER_HOST: `unix://${sharedDaemon().socket}`,
    KNET_NODE_IMAGE: image,
    XDG_CACHE_HOME: '',
    HTTPS_PROXY: 'http://127.0.0.1:1',
  })
  onTestFinished(() => made.leave())
  return made
}

/** Stand-ins for what a teacher has downloaded. */
function givenFiles({ home }: Stranger): NodeJS.ProcessEnv {
  const folder = join(home, 'given')
  mkdirSync(folder)
  const file = (name: string) => {
    writeFileSync(join(folder, name), `the file ${name}`)
    return join(folder, name)
  }
  return {
    KNET_K3S_BIN: file('k3s'),
    KNET_K3S_IMAGES: file('images.tar'),
    KNET_CALICO_MANIFEST: file('calico.yaml'),
    KNET_CALICOCTL: file('calicoctl'),
  }
}

async function bundleOf(teacher: Stranger): Promise<string> {
  const made = await teacher.run(['bundle', 'create', '--json'], { env: givenFiles(teacher) })
  expect(made, made.stderr).toMatchObject({ code: 0 })
  expect(made.stderr).toMatch(/KNET_K3S_IMAGES is taken to hold .*calico\/node:v3.*nginx:/)
  return (JSON.parse(made.stdout) as { file: string }).file
}

const codeOf = ({ stdout }: { stdout: string }) =>
  (JSON.parse(stdout) as { error: { code: string } }).error.code

test('a bundle brings the machines’ image into Docker and the files into the cache; machines start from it', async () => {
  await taggedImage()
  const bundle = await bundleOf(stranger())
  await sharedDaemon().docker.getImage(IMAGE).remove()
  expect(await hasImage()).toBe(false)
  const learner = stranger()
  const loaded = await learner.run(['bundle', 'load', bundle])
  expect(loaded, loaded.stderr).toMatchObject({ code: 0 })
  expect(await hasImage()).toBe(true)
  const { bundle: shown } = await learner.json<{ bundle: { files: { role: string; path: string }[] } }>([
    'bundle',
    'show',
  ])
  expect(shown.files.map(({ role }) => role)).toEqual(['k3s', 'k3s-images', 'calico-manifest', 'calicoctl'])
  const k3s = join(learner.home, '.cache/knet-labs/bundle', shown.files[0]?.path ?? '')
  expect(readFileSync(k3s, 'utf8')).toBe('the file k3s')
  const started = await learner.run(['start', 'containers', '--driver', 'docker', '--detach'])
  expect(started, started.stderr).toMatchObject({ code: 0 })
  expect((await learner.run(['exec', 'node0', '--', 'hostname'])).stdout).toBe('node0\n')
})

test('a machines’ image that is not ours is taken only when asked for, and labs take it then', async () => {
  await taggedImage()
  const bundle = await bundleOf(stranger())
  // Who names none wants the image of this knet-labs.
  const learner = stranger('')
  const refused = await learner.run(['bundle', 'load', bundle])
  expect(refused.code).toBe(69)
  expect(refused.stderr).toContain(`knet-labs bundle load --other-image ${bundle}`)
  expect(await learner.run(['bundle', 'show'])).toMatchObject({ code: 1 })
  expect(await learner.run(['bundle', 'load', '--other-image', bundle])).toMatchObject({ code: 0 })
  // Once more, by now it is what labs want.
  expect(await learner.run(['bundle', 'load', bundle])).toMatchObject({ code: 0 })
  const started = await learner.run(['start', 'containers', '--driver', 'docker', '--detach'])
  expect(started, started.stderr).toMatchObject({ code: 0 })
  expect(await learner.run(['bundle', 'remove'])).toMatchObject({ code: 0 })
})

test('where no Docker answers nothing is loaded, but for the files alone when asked for', async () => {
  await taggedImage()
  const bundle = await bundleOf(stranger())
  const learner = stranger()
  const nowhere = { env: { DOCKER_HOST: 'unix:///nowhere' } }
  const refused = await learner.run(['bundle', 'load', bundle, '--json'], nowhere)
  expect(refused.code).toBe(69)
  expect(codeOf(refused)).toBe('KNET_DOCKER')
  expect(await learner.run(['bundle', 'show'])).toMatchObject({ code: 1 })
  expect(await learner.run(['bundle', 'load', '--without-image', bundle], nowhere)).toMatchObject({ code: 0 })
})

test('a machines’ image that is not there and can’t be pulled leaves no bundle', async () => {
  const teacher = stranger('nowhere/machine:1')
  const result = await teacher.run(['bundle', 'create', '--json'], { env: givenFiles(teacher) })
  expect(result.code).toBe(69)
  expect(codeOf(result)).toBe('KNET_IMAGE')
})
