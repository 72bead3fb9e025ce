import { afterAll, beforeAll, expect, test } from 'vitest'
import { surveyOf } from '../../../src/k3s/survey.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { sandboxNodes, type SandboxNodes } from '../../helpers/sandbox-nodes.ts'

/** A k3s that says its version, and no more. */
const BINARY = '/root/k3s'

let nodes: SandboxNodes
let node: Machine

beforeAll(async () => {
  nodes = await sandboxNodes(['172.19.0.3'])
  node = nodes.machines[0]!
  await shell(
    `printf '#!/bin/sh\\necho "k3s version v1.21.2+k3s1 (5a67e8d)"\\n' >${BINARY}; chmod 755 ${BINARY}`,
  )
})

afterAll(() => nodes.close())

async function shell(script: string): Promise<void> {
  const { exitCode, stderr } = await node.exec(['sh', '-c', script])
  expect(exitCode, stderr).toBe(0)
}

const survey = () => surveyOf(node, BINARY, new AbortController().signal)

test('a new machine has no k3s, whoever would have set it up', async () => {
  expect(await survey()).toMatchObject({
    version: 'v1.21.2+k3s1',
    systemd: false,
    isSetUp: false,
    others: [],
  })
})

test('what k3s’ own installer has set up is somebody else’s, also with a configuration', async () => {
  await shell(
    'mkdir -p /etc/systemd/system /etc/rancher/k3s; touch /etc/systemd/system/k3s-agent.service /etc/rancher/k3s/config.yaml',
  )
  expect(await survey()).toMatchObject({
    isSetUp: false,
    others: ['/etc/systemd/system/k3s-agent.service'],
  })
})

test('what we have set up is ours, whose units have the same names', async () => {
  await shell(
    'mkdir -p /usr/local/lib/knet-labs 2>/dev/null; mount -t tmpfs ours /usr/local/lib && mkdir /usr/local/lib/knet-labs && touch /usr/local/lib/knet-labs/before-k3s',
  )
  expect(await survey()).toMatchObject({ isSetUp: true, others: [] })
})
