import type { CalicoNodes, TestPod } from './calico-nodes.ts'
import { eventually } from './control-plane.ts'
import { run } from './sandbox-nodes.ts'

const PORT = 7000
/** A numbered one each 5 ms until it is told to end; says how many. One that the kernel does not take counts as well. */
const SENDER = `use Socket; socket(S, PF_INET, SOCK_DGRAM, 0); $SIG{TERM} = sub { $end = 1 };
$to = pack_sockaddr_in(${PORT}, inet_aton(shift));
until ($end) { send(S, $n++, 0, $to); select(undef, undef, undef, .005) } print $n`
/** Says how many came, none counted twice, when it is told to end and nothing has come for half a second. */
const RECEIVER = `use Socket; socket(S, PF_INET, SOCK_DGRAM, 0); $SIG{TERM} = sub { $end = 1 };
bind(S, pack_sockaddr_in(${PORT}, INADDR_ANY)); $| = 1; print "0\\n";
do {
  vec($ready = '', fileno(S), 1) = 1;
  $comes = select($ready, undef, undef, .5) > 0;
  if ($comes) { $from = recv(S, $n, 64, 0); $seen{"$from $n"} = 1 }
} while ($comes || !$end);
print scalar(keys %seen)`

export interface Traffic {
  /** Ends it. @returns how many were sent, and how many arrived */
  end(): Promise<{ sent: number; arrived: number }>
}

/** UDP from each pod to each other, until it is ended. */
export async function sendAround(nodes: CalicoNodes, pods: readonly TestPod[]): Promise<Traffic> {
  const perl = (pod: TestPod, name: string, ...argv: string[]) => {
    const file = `/run/${name}.pid`
    const script = `echo $$ >${file}; exec nsenter --net=${pod.netns} perl -e "$@"`
    const child = nodes.machine(pod.node).spawn(['sh', '-c', script, 'sh', ...argv])
    let said = ''
    child.stdout.on('data', (chunk) => (said += String(chunk)))
    return {
      said: () => said,
      async end() {
        await run(nodes.machine(pod.node), 'sh', '-c', `kill -TERM $(cat ${file})`)
        await child.exited
        return Number(said.split('\n').at(-1))
      },
    }
  }
  const receivers = pods.map((pod) => perl(pod, 'receiver', RECEIVER))
  await eventually(
    async () => receivers.every(({ said }) => said()),
    (isListening) => isListening,
    10_000,
  )
  const senders = pods.flatMap((from) =>
    pods.filter((to) => to !== from).map((to) => perl(from, `to-${to.node}`, SENDER, to.address)),
  )
  const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0)
  return {
    async end() {
      const sent = sum(await Promise.all(senders.map((one) => one.end())))
      const arrived = sum(await Promise.all(receivers.map((one) => one.end())))
      return { sent, arrived }
    },
  }
}
