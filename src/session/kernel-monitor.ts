import type { Machine, MachineProcess } from '../machine/machine.ts'

/**
 * Says a first line when the kernel has it on its list of listeners (netlink's, by pid), so that nothing is missed. All-nsid:
 * network namespaces at the other end of a veth count too. Ends when its input does, so that it does not outlive who asked.
 */
const MONITOR = `
exec 3<&0
ip monitor all-nsid link address route & p=$!
until grep -q "^[0-9a-f]* 0  *$p " /proc/net/netlink; do kill -0 $p || exit; sleep 0.01; done
echo listening
(read -r _ <&3; kill $p) &
wait $p`

/**
 * Calls back once when it listens, and after each change to links, addresses and routes of a machine, until the process is
 * killed. Neighbours are left out: a check's own traffic changes them.
 */
export function monitorKernel(machine: Machine, onChange: () => void, signal?: AbortSignal): MachineProcess {
  const monitor = machine.spawn(['sh', '-c', MONITOR], signal && { signal })
  monitor.stdout.on('data', onChange)
  monitor.stderr.resume()
  return monitor
}
