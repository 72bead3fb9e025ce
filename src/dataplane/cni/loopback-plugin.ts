import type { Attachment } from './attachment.ts'
import type { PluginConf } from './conf.ts'
import { NO_EFFECTS, type Effects } from './effects.ts'
import { addressFor } from './result.ts'

/** Brings `lo` up: plugins/main/loopback. */
export function planLoopback(conf: PluginConf, attachment: Attachment): Effects {
  const cniVersion = String(conf['cniVersion'])
  return {
    ...NO_EFFECTS,
    podLinks: ['link set lo up'],
    result: {
      cniVersion,
      interfaces: [{ name: 'lo', mac: '00:00:00:00:00:00', sandbox: attachment.netns }],
      ips: ['127.0.0.1/8', '::1/128'].map((address) => addressFor(cniVersion, { address, interface: 0 }, '')),
      dns: {},
    },
  }
}
