import type { ConfFile } from './conf.ts'

/** What one look at the node tells a batch of attachments. */
export interface NodeFacts {
  readonly confFiles: readonly ConfFile[]
  /** Names of the executables in /opt/cni/bin. */
  readonly executables: ReadonlySet<string>
  /** Text of /run/flannel/subnet.env. */
  readonly subnetEnv: string | undefined
  /** What calico/node leaves in /var/lib/calico for its plugin. */
  readonly calico: { readonly nodename: string | undefined; readonly mtu: number | undefined }
  readonly ledger: Ledger
}

/** What planning uses up, so that the plans of one batch do not collide. */
export interface Ledger {
  /** IPv4 addresses that host-local has given out, by network name. */
  readonly taken: Map<string, Set<string>>
  /** host-local's last_reserved_ip.0, by network name. */
  readonly lastReserved: Map<string, string>
  /** Addresses of remote IPAMs, by container. */
  readonly leased: Map<string, string>
  /** Bridges that exist (or are planned) on the node. */
  readonly bridges: Map<string, Bridge>
}

export interface Bridge {
  readonly mac: string
  /** IPv4 addresses with prefix length. */
  readonly addresses: readonly string[]
}

const RECORD = '\u001e'
const FIELD = '\u001f'

/** The part of {@link FACTS_SCRIPT} that finds the configuration: without a single fork. */
export const CONF_SCRIPT = `
slurp() { text=; line=; while IFS= read -r line; do text="$text$line
"; line=; done <"$1"; text="$text$line"; }
for f in /etc/cni/net.d/*; do [ -f "$f" ] && slurp "$f" && printf 'conf\\037%s\\037%s\\036' "$f" "$text"; done`

/**
 * The script that gathers the facts. But for `ip` it only uses what the shell can do itself: a fork costs more than all of
 * the rest. Records end with RS, their fields are apart by US.
 */
export const FACTS_SCRIPT = `${CONF_SCRIPT}
for f in /opt/cni/bin/*; do [ -f "$f" ] && [ -x "$f" ] && printf 'plugin\\037%s\\036' "\${f##*/}"; done
[ -f /run/flannel/subnet.env ] && slurp /run/flannel/subnet.env && printf 'env\\037%s\\036' "$text"
for f in /var/lib/calico/nodename /var/lib/calico/mtu; do [ -f $f ] && slurp $f && printf '%s\\037%s\\036' "\${f##*/}" "$text"; done
for f in /var/lib/cni/networks/*/*; do
  case \${f##*/} in
    last_reserved_ip.0) slurp "$f"; printf 'last\\037%s\\037%s\\036' "$f" "$text" ;;
    [0-9]*) printf 'ip\\037%s\\036' "$f" ;;
  esac
done
printf 'bridges\\037%s\\036' "$(ip -j addr show type bridge)"`

/** Reads what {@link FACTS_SCRIPT} printed. */
export function parseFacts(output: string): NodeFacts {
  const records = output.split(RECORD).map((record) => record.split(FIELD))
  const fieldsOf = (kind: string) => records.filter((record) => record[0] === kind)
  const taken = new Map<string, Set<string>>()
  for (const [, path = ''] of fieldsOf('ip')) {
    const { network, file } = networkFile(path)
    taken.set(network, (taken.get(network) ?? new Set()).add(file))
  }
  return {
    confFiles: fieldsOf('conf').map(([, path = '', content = '']) => ({ path, content })),
    executables: new Set(fieldsOf('plugin').map(([, name = '']) => name)),
    subnetEnv: fieldsOf('env')[0]?.[1],
    calico: {
      nodename: fieldsOf('nodename')[0]?.[1]?.trim(),
      mtu: Number(fieldsOf('mtu')[0]?.[1]) || undefined,
    },
    ledger: {
      taken,
      leased: new Map(),
      lastReserved: new Map(
        fieldsOf('last').map(([, path = '', address = '']) => [networkFile(path).network, address.trim()]),
      ),
      bridges: parseBridges(fieldsOf('bridges')[0]?.[1] ?? ''),
    },
  }
}

function networkFile(path: string): { network: string; file: string } {
  const [file = '', network = ''] = path.split('/').toReversed()
  return { network, file }
}

interface IpAddrEntry {
  readonly ifname?: string
  readonly address?: string
  readonly addr_info?: readonly { family: string; local: string; prefixlen: number }[]
}

function parseBridges(json: string): Map<string, Bridge> {
  const entries = (json.trim() === '' ? [] : JSON.parse(json)) as IpAddrEntry[]
  return new Map(
    entries
      .filter(({ ifname }) => ifname !== undefined)
      .map(({ ifname = '', address = '', addr_info = [] }) => [
        ifname,
        {
          mac: address,
          addresses: addr_info
            .filter(({ family }) => family === 'inet')
            .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
        },
      ]),
  )
}
