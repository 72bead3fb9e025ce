import { EXIT, LabError } from '../../base/errors.ts'
import type { VagrantEnd } from './message.ts'

/** Known ends of Vagrant: by the class of its error, or by words of a provider's, and what mends each. */
const KNOWN: readonly (readonly [what: RegExp, message: string | undefined, hint: string])[] = [
  [
    /^(?:NoDefaultProvider|ProviderNotUsable|ProviderNotFound)/,
    'Vagrant finds nothing here that can run a virtual machine.',
    'Install VirtualBox (https://www.virtualbox.org/wiki/Downloads), or one of libvirt, Parallels, VMware, Hyper-V with its plugin of Vagrant; then: knet-labs doctor --driver vagrant',
  ],
  [
    /VERR_(?:VMX|SVM)_|VT-x (?:is disabled|is not available)|AMD-V is disabled|invalid domain type ['"]?kvm|KVM is not available|\/dev\/kvm/,
    "This computer's processor does not let virtual machines run, or another hypervisor has it.",
    "Switch VT-x or AMD-V (SVM) on in the computer's firmware; on Linux look for another hypervisor: lsmod | grep kvm",
  ],
  [
    /^(?:DownloaderError|BoxAddShortNotFound|BoxMetadataDownloadError|BoxNotFound)|error occurred while downloading/i,
    undefined,
    'Look at the network, or take a box that you have: KNET_VM_BOX=<file or name>',
  ],
  [
    /^BoxAddNo(?:MatchingProvider|MatchingArchitecture|ArchitectureSupport)/,
    undefined,
    'KNET_VM_BOX=<name of a box with Debian 12 for your provider and processor>',
  ],
  [
    /^(?:MachineLocked|MachineActionLockedError|EnvironmentLockedError)$/,
    'Another knet-labs or vagrant is at work on the virtual machine just now.',
    'Wait for it, then try again',
  ],
  [
    /^VirtualBoxUserMismatch$/,
    'The virtual machine is of another user of this computer.',
    'Run knet-labs as that user, or take a state folder of your own: export XDG_STATE_HOME=/another/folder',
  ],
  [
    /^DomainNameExists$|domain about to create is already taken|^(?:VirtualBoxNameExists|VMNameExists)$/,
    'There is a virtual machine of that name already, of another folder or user.',
    'vagrant global-status --prune      (and "vagrant destroy <id>" removes one)',
  ],
  [
    /No space left on device|VERR_DISK_FULL/i,
    'The disk is full.',
    'Make room, or keep virtual machines elsewhere: VAGRANT_HOME and the folder of your provider',
  ],
]

/** Vagrant's end in words of ours; what it said itself where we know no better. */
export function vagrantError({ kind, text, before }: VagrantEnd): LabError {
  const [, message, hint] = KNOWN.find(([what]) => what.test(kind) || what.test(text)) ?? []
  // A command in the machine failed, which Vagrant says in a page that has none of its words.
  const said = text.startsWith('The SSH command responded') ? before.join(' / ') : firstWords(text)
  return new LabError('KNET_VAGRANT', {
    message: message ?? `Vagrant failed: ${said}`,
    hint:
      hint ?? 'knet-labs doctor --driver vagrant      (and "knet-labs stop --destroy" removes what is there)',
    exitCode: EXIT.unavailable,
  })
}

/** Vagrant's texts are pages: their first paragraph, and what a command that it ran put on stderr, are the news. */
function firstWords(text: string): string {
  const [first = ''] = text.trim().split(/\n\s*\n/)
  const stderr = /Stderr: ([\s\S]+)/.exec(text)?.[1]
  return [first, stderr].flatMap((part) => (part ? [part.trim().replaceAll(/\s+/g, ' ')] : [])).join(' / ')
}
