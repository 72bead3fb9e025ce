import { spawn } from '@lydell/node-pty'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliResult, eventually, type RunOptions, Stranger } from '../helpers/cli.ts'

const stranger = new Stranger()
beforeAll(async () => {
  expect(await stranger.run(['start', 'flannel'])).toMatchObject({ code: 0 })
})
afterAll(() => stranger.leave())

const more = (process.env['KNET_TEST_KUBECTLS'] ?? '').split(':').filter(Boolean)

/** What kubectl says on a terminal until it ends. */
function onTerminal(binary: string, args: string[]): Promise<string> {
  const KUBECONFIG = join(stranger.lab('flannel'), 'kubeconfig')
  const pty = spawn(binary, args, { env: { ...stranger.env, KUBECONFIG } })
  let said = ''
  pty.onData((data) => (said += data))
  return new Promise((resolve) => pty.onExit(() => resolve(said)))
}

/** In order: each goes on from what the one before it left. */
describe.each(['kubectl', ...more])('%s', (binary) => {
  const kubectl = (line: string, options: RunOptions = {}): Promise<CliResult> =>
    stranger.kubectl(line.split(' '), { ...options, binary })
  const says = async (line: string, options: RunOptions = {}): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(line, options)
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }

  test('create, rollout, scale, wait', async () => {
    await says('create namespace verbs')
    await says('create deployment web --image=nginx --replicas=2 -n verbs')
    expect(await says('rollout status deployment/web -n verbs --timeout=30s')).toContain(
      'successfully rolled out',
    )
    expect(await says('scale deployment/web --replicas=3 -n verbs')).toContain('scaled')
    await says('wait --for=condition=available deployment/web -n verbs --timeout=30s')
    expect(await says('expose deployment web --port=80 -n verbs')).toContain('service/web exposed')
    expect(await says('rollout restart deployment/web -n verbs')).toContain('restarted')
    await says('rollout status deployment/web -n verbs --timeout=30s')
  })

  test('get, in every form', async () => {
    expect(await says('get pods -n verbs -l app=web -o wide')).toMatch(
      /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE/,
    )
    expect(await says('get pods -A')).toMatch(/^NAMESPACE +NAME/)
    expect(await says('get deployment web -n verbs -o yaml')).toContain('kind: Deployment')
    expect(JSON.parse(await says('get service web -n verbs -o json'))).toMatchObject({ kind: 'Service' })
    expect(await says('get nodes -o jsonpath={.items[*].metadata.name}')).toBe('node0 node1 node2')
    expect(await says('get all -n verbs')).toContain('deployment.apps/web')
  })

  test('get -w tells of changes as they happen', async () => {
    const words = ['get', 'configmaps', '-n', 'verbs', '-w', '--no-headers', '--request-timeout=4s']
    const watched = stranger.kubectl(words, { binary })
    await says('create configmap seen --from-literal=a=1 -n verbs')
    expect((await watched).stdout).toMatch(/^seen +1 /m)
  })

  test('describe, explain, api-resources', async () => {
    expect(await says('describe deployment web -n verbs')).toMatch(/Replicas: +3 desired/)
    expect(await says('describe node node1')).toContain('PodCIDR:')
    expect(await says('explain pod.spec.containers')).toMatch(/FIELD|RESOURCE/)
    expect(await says('api-resources')).toMatch(/^endpointslices +discovery\.k8s\.io\/v1/m)
  })

  test('label, annotate, patch in all its kinds, edit', async () => {
    await says('label configmap seen tier=low -n verbs')
    await says('annotate configmap seen note=here -n verbs')
    for (const [type, patch] of [
      ['merge', '{"data":{"b":"2"}}'],
      ['strategic', '{"data":{"c":"3"}}'],
      ['json', '[{"op":"add","path":"/data/d","value":"4"}]'],
    ] as const) {
      await says(`patch configmap seen -n verbs --type=${type} -p ${patch}`)
    }
    const edit = await kubectl('edit configmap seen -n verbs', {
      env: { KUBE_EDITOR: 'sed -i s/here/there/' },
    })
    expect(edit).toMatchObject({ code: 0, stdout: 'configmap/seen edited\n' })
    const all = 'get configmap seen -n verbs -o jsonpath={.data}{.metadata.annotations}{.metadata.labels}'
    expect(await says(all)).toBe('{"a":"1","b":"2","c":"3","d":"4"}{"note":"there"}{"tier":"low"}')
  })

  test('apply, and apply on the server', async () => {
    const input =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: applied, namespace: verbs }\ndata: { a: "1" }\n'
    expect(await says('apply -f -', { input })).toContain('created')
    expect(await says('apply -f -', { input })).toContain('unchanged')
    const other = input.replace('"1"', '"2"')
    expect(await says('apply -f -', { input: other })).toContain('configured')
    expect(await kubectl('apply --server-side --field-manager=other -f -', { input })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('conflict'),
    })
  })

  test('logs -f, exec with its exit code, exec -it', async () => {
    const run = ['run', 'talker', '--image=busybox', '-n', 'verbs', '--restart=Never', '--', 'sh', '-c']
    const script = 'for i in 1 2 3; do echo line $i; sleep 0.1; done; sleep 1; echo end'
    expect(await stranger.kubectl([...run, script], { binary })).toMatchObject({ code: 0 })
    await eventually(
      'the pod to run',
      () => kubectl('get pod talker -n verbs -o jsonpath={.status.phase}'),
      ({ stdout }) => stdout === 'Running',
    )
    const exec = ['exec', '-i', 'talker', '-n', 'verbs', '--', 'sh', '-c', 'cat; exit 3']
    const said = await stranger.kubectl(exec, { binary, input: 'hello' })
    expect([said.code, said.stdout]).toEqual([3, 'hello'])
    const terminal = ['exec', '-it', 'talker', '-n', 'verbs', '--', 'sh', '-c', 'test -t 0 && stty size']
    expect(await onTerminal(binary, terminal)).toBe('24 80\r\n')
    expect(await says('logs -f talker -n verbs')).toBe('line 1\nline 2\nline 3\nend\n')
  })

  test('delete leaves nothing, the namespace too', async () => {
    await says('delete namespace verbs --timeout=60s')
    expect(await kubectl('get namespace verbs')).toMatchObject({
      code: 1,
      stderr: 'Error from server (NotFound): namespaces "verbs" not found\n',
    })
  })
})
