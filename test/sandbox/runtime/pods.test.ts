import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runInHolder, STARTERS } from '../../helpers/holder.ts'

type Seen = Record<'early' | 'pods' | 'ends' | 'host' | 'lost' | 'death', Record<string, unknown>>

describe.each(STARTERS)('pods of a node whose lab was started by %s', (starter) => {
  let seen: Seen

  beforeAll(async () => {
    const { stdout, stderr } = await runInHolder(join(import.meta.dirname, 'pods-program.ts'), starter)
    expect(stderr).toBe('')
    seen = JSON.parse(stdout) as Seen
  })

  test('without a network they are refused in the words of containerd and flannel', () => {
    expect(seen.early).toEqual({
      uninitialised: 'Network plugin returns error: cni plugin not initialized',
      initialised: 'none',
      noSubnet:
        'plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
    })
  })

  test('they have addresses of the node, the routes of a flannel pod, and reach each other', () => {
    expect(seen.pods).toMatchObject({ ips: ['10.42.1.2', '10.42.1.3'], netns: '2\n', listening: '1\n' })
    expect(seen.pods['hello']).toMatch(/^Hello world! pod=web node=node0 from=10\.42\.1\.3:\d+\n$/)
    expect(seen.pods['routes']).toContain(
      'default via 10.42.1.1 dev eth0 \n10.42.0.0/16 via 10.42.1.1 dev eth0 \n',
    )
  })

  test('hello-kubernetes has the programs of an Alpine where its node has none', () => {
    expect(seen.pods['alpine']).toMatch(/^Hello world! pod=web /)
  })

  test('a container has its own host name, environment, files, volumes and process numbers', () => {
    expect(seen.pods).toMatchObject({
      hostname: 'client\nclient\n',
      environment: ['HOSTNAME=client', `PLAIN='"$x`, 'my.var=a b'],
      file: 'value\n600\n',
      writtenOnNode: "ls: cannot access '/made': No such file or directory\n/var/lib/volume:\nmade\n",
      write: 'ok\n',
    })
    expect(seen.pods['processes']).toMatch(/^ *PID.*\n +1 sleep 600\n$/)
    expect(seen.pods['usr']).toMatch(/Read-only file system/)
    expect(seen.pods['mounts']).toBe('0\n')
  })

  test('exec gives exit codes, takes input and has a terminal of the size asked for', () => {
    expect(seen.pods).toMatchObject({
      exit: 3,
      stdin: 'through',
      ends: '4999\r\n5000\r\n',
      terminal: { exitCode: 4 },
    })
    expect(seen.pods['terminal']).toHaveProperty(
      'output',
      expect.stringMatching(/\/dev\/pts\/\d+\r\n40 100\r\n/),
    )
  })

  test('clients attached to a container type into it, with a terminal if it has one', () => {
    const [piped, terminal] = seen.pods['attached'] as { output: string }[]
    expect(piped).toMatchObject({ exit: 3, attachment: 0 })
    expect(piped?.output).toMatch(/^not a tty\n.*\n42\n$/)
    expect(terminal).toMatchObject({ exit: 3, attachment: 0 })
    expect(terminal?.output).toMatch(/\^C[^]*\n\/dev\/pts\/\d+\r\n40 100\r\n42\r\n/)
  })

  test('the output of even the shortest container is in its CRI log, and its exit code is known', () => {
    expect(seen.ends['short']).toEqual([7, ['stderr: err', 'stdout: out', 'stdout: partial']])
    expect(String(seen.ends['file']).split('\n').sort()).toEqual([
      '',
      'TIME stderr F err',
      'TIME stdout F out',
      'TIME stdout F partial',
    ])
  })

  test('a command that is not there is refused in the words of runc', () => {
    expect(seen.ends['missing']).toMatch(/exec: "\/nope": stat \/nope: no such file or directory: unknown$/)
  })

  test('stop waits for those that heed SIGTERM and kills the others after the grace period', () => {
    expect(seen.ends).toMatchObject({ polite: 5, stubborn: 137 })
  })

  test("killing the app from the node ends the container, and the pod's namespaces stay", () => {
    expect(seen.ends).toMatchObject({
      killed: 0,
      netnsAfterKill: '10.42.1.2/24',
      pauseAfterKill: true,
      box: 0,
    })
  })

  test('a pod with host network serves on the node itself', () => {
    expect(seen.host).toEqual({ ip: '', netns: '', exit: 137 })
  })

  test('a pause process that is killed is noticed: containers go on, and no more are started', () => {
    expect(seen.lost).toEqual({
      late: expect.stringMatching(/sandbox ID is gone|nsenter/),
      goesOn: 0,
      netns: '1\n',
    })
  })

  test('when the agent is killed pods live on; the next runtime removes them and starts anew', () => {
    expect(seen.death).toMatchObject({ shims: '1\n', fresh: '10.42.1.5' })
    expect(seen.death['after']).toMatch(/^The kubelet's process on the node has ended/)
    expect(seen.death['left']).toEqual({
      netns: '',
      allocations:
        '/var/lib/cni/flannel:\n\n/var/lib/cni/networks/cbr0:\nlast_reserved_ip.0\nlock\n\n/var/lib/cni/results:\n',
      shims: '0\n',
      veths: '',
    })
  })
})
