import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { EXIT } from '../../base/errors.ts'
import type { App } from '../compose.ts'
import type { Command, Invocation } from '../command.ts'
import { findTarget } from '../target.ts'

export const capture: Command = {
  name: 'capture',
  summary: 'capture packets in a machine or pod: decoded lines, a pcap file, or Wireshark',
  arguments: [
    { name: '<machine|pod>', summary: 'where' },
    { name: '[interface]', summary: 'eth0 when absent' },
  ],
  options: [
    { flags: '-f, --filter <filter>', summary: 'capture filter, as tcpdump’s: "udp port 8472"' },
    { flags: '-c, --count <packets>', summary: 'stop after that many' },
    { flags: '-w, --write <file>', summary: 'write pcap to a file, or - for standard output' },
    { flags: '--wireshark', summary: 'show it live in Wireshark on this computer' },
  ],
  examples: [
    'knet-labs capture node0 flannel.1',
    'knet-labs capture node0 eth0 -f "udp port 8472" -w overlay.pcap',
    'knet-labs capture node1 cni0 --wireshark',
  ],
  async run(app, invocation) {
    const machine = await findTarget(await app.environment(), invocation.args[0] ?? '')
    const file = text(invocation, 'write')
    if (file === undefined && !invocation.options['wireshark']) {
      app.output.progress(`Capturing on ${interfaceOf(invocation)}. Ctrl-C ends it.`)
      return await machine.attach(tsharkCommand(invocation))
    }
    const { captureTo } = await import('../../capture/live.ts')
    const target = await openTarget(app, file)
    const count = text(invocation, 'count')
    const filter = text(invocation, 'filter')
    const live = await captureTo(
      machine,
      {
        interface: interfaceOf(invocation),
        signal: app.signal,
        ...(filter ? { filter } : {}),
        ...(count ? { packets: Number(count) } : {}),
      },
      target,
    )
    app.output.progress('Capturing. Ctrl-C ends it.')
    const packets = await live.done
    // Standard output is the pcap's when it goes there.
    if (file !== '-') app.output.document({ packets, file })
    app.output.progress(`${packets} packets${file && file !== '-' ? ` in ${file}` : ''}.`)
    return EXIT.ok
  },
}

const interfaceOf = ({ args }: Invocation) => args[1] ?? 'eth0'

function text({ options }: Invocation, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** Decoded live by tshark in the machine itself, VXLAN on Linux's old port included. */
function tsharkCommand(invocation: Invocation): string[] {
  const filter = text(invocation, 'filter')
  const count = text(invocation, 'count')
  return [
    'tshark',
    '-ln',
    `-i${interfaceOf(invocation)}`,
    '-dudp.port==8472,vxlan',
    ...(filter ? ['-f', filter] : []),
    ...(count ? ['-c', count] : []),
    // Quiet but for the packets; JSON is one document a packet, each after an index line for Elasticsearch.
    ...(invocation.options['json'] ? ['-T', 'ek'] : ['-Q', '-P']),
  ]
}

async function openTarget(app: App, file: string | undefined): Promise<Writable> {
  if (file === '-') return process.stdout
  if (file !== undefined) return createWriteStream(file)
  const { WIRESHARK } = await import('../../capture/live.ts')
  return (await app.host()).spawn(WIRESHARK).stdin
}
