import { CalicoError } from '../calico-error.ts'
import type { Verb } from '../verb.ts'

/** What the real calicoctl does and this one says it does not. */
export const REFUSED: readonly Verb[] = [
  refused('node run', 'starts calico/node as a container: here nodes have it from the DaemonSet calico-node'),
  refused('node diags', 'gathers a bundle for support: look with birdc, ip, iptables-save and kubectl logs'),
  refused('node checksystem', 'looks for kernel modules: knet-labs doctor does'),
  refused('datastore', 'moves data between etcd and Kubernetes: here all of it is in Kubernetes'),
  refused('convert', 'rewrites files of Calico 1 and 2: here version 3 is all there is'),
]

function refused(name: string, what: string): Verb {
  return {
    name,
    summary: 'Not in this stand-in.',
    usage: '[<args>...]',
    args: ['[args...]'],
    options: [],
    async run() {
      throw new CalicoError(`This calicoctl, knet-labs' stand-in, has no "${name}", which ${what}.`)
    },
  }
}
