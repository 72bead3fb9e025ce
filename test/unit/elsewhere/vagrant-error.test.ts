import { expect, test } from 'vitest'
import { vagrantError } from '../../../src/elsewhere/vagrant/vagrant-error.ts'

/** What Vagrant and its providers print, shortened. */
const ENDS: [string, { kind: string; text: string }, string, string][] = [
  [
    'no provider',
    { kind: 'NoDefaultProvider', text: 'No usable default provider could be found for your system.' },
    'nothing here that can run a virtual machine',
    'VirtualBox',
  ],
  [
    'VT-x that is switched off',
    {
      kind: 'VBoxManageError',
      text: 'There was an error while executing `VBoxManage`.\n\nCommand: ["startvm"]\n\nStderr: VBoxManage: error: VT-x is disabled in the BIOS for all CPU modes (VERR_VMX_MSR_ALL_VMX_DISABLED)',
    },
    'does not let virtual machines run',
    'firmware',
  ],
  [
    'KVM that is not there',
    {
      kind: 'FogCreateServerError',
      text: "Call to virDomainDefineXML failed: invalid argument: invalid domain type 'kvm'",
    },
    'does not let virtual machines run',
    'firmware',
  ],
  [
    'a box that can’t be downloaded',
    {
      kind: 'DownloaderError',
      text: 'An error occurred while downloading the remote file.\n\nCould not resolve host',
    },
    'An error occurred while downloading',
    'KNET_VM_BOX',
  ],
  [
    'a box that is not made for this processor',
    { kind: 'BoxAddNoMatchingArchitecture', text: 'The box has no version for the architecture arm64.' },
    'no version for the architecture',
    'KNET_VM_BOX=<name of a box with Debian 12 for your provider and processor>',
  ],
  [
    'another that is at work',
    { kind: 'MachineActionLockedError', text: 'An action up was attempted on the machine' },
    'at work on the virtual machine just now',
    'try again',
  ],
  [
    'a machine of another user',
    { kind: 'VirtualBoxUserMismatch', text: 'The VirtualBox VM was created with a user that doesn’t match' },
    'of another user',
    'XDG_STATE_HOME',
  ],
  [
    'a name that is taken',
    {
      kind: 'DomainNameExists',
      text: 'Name `vagrant_knet-labs` of domain about to create is already taken.',
    },
    'of that name already',
    'global-status',
  ],
]

test.each(ENDS)('%s is told in words of ours, with what mends it', (_, end, message, hint) => {
  const error = vagrantError({ ...end, before: [] })
  expect(error).toMatchObject({ code: 'KNET_VAGRANT', exitCode: 69 })
  expect(error.message).toContain(message)
  expect(error.hint).toContain(hint)
})

test('of what is not known the first paragraph is told, and what the provider put on stderr', () => {
  const text = 'A command failed.\nIt was this one.\n\nCommand: x\n\nStderr: no  such\nthing'
  expect(vagrantError({ kind: 'Other', text, before: [] }).message).toBe(
    'Vagrant failed: A command failed. It was this one. / no such thing',
  )
})

test('of a command that failed in the machine its own last words are told', () => {
  const text = 'The SSH command responded with a non-zero exit status. Vagrant assumes'
  const before = ['installing docker.io', 'these packages could not be installed: docker.io']
  expect(vagrantError({ kind: 'VagrantError', text, before }).message).toBe(
    'Vagrant failed: installing docker.io / these packages could not be installed: docker.io',
  )
})
