import { SAY_NO_DOCKER } from './no-docker.ts'
import { apiOf, nodePassword, type K3sPlan } from './plan.ts'
import type { MachineSpec } from '../machine/topology.ts'

/** As k3s' own installer calls them, so that what people read elsewhere holds: `systemctl restart k3s`, `journalctl -u k3s-agent`. */
export const unitOf = (isServer: boolean): string => (isServer ? 'k3s' : 'k3s-agent')

/** The unit as the installer writes it (install.sh, create_systemd_service_file). */
export function unitFile(isServer: boolean): string {
  return `[Unit]
Description=Lightweight Kubernetes
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=${isServer ? 'notify' : 'exec'}
EnvironmentFile=-/etc/systemd/system/${unitOf(isServer)}.service.env
KillMode=process
Delegate=yes
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/k3s ${isServer ? 'server' : 'agent'}
`
}

/** Environment of the unit, where the installer says how an agent joins: config.yaml, which k3s reads as well, says the same. */
export const environmentOf = (plan: K3sPlan, node: MachineSpec): string =>
  node === plan.server ? '' : `K3S_TOKEN=${plan.token}\nK3S_URL=${apiOf(plan)}\n`

/** Where {@link prepareScript} is. */
export const PREPARE = '/usr/local/lib/knet-labs/before-k3s'

/** What a machine that is a container adds to the unit, whoever wrote that. */
export const unitAddition = (): string => `[Service]
RestartSec=1s
ExecStartPre=-${PREPARE}
`

/**
 * Runs before k3s does, each time: makes the machine what a kubelet expects of one, and on an agent unpacks k3s and then waits until the server
 * takes it in. k3s itself asks every 2 to 5 seconds only.
 */
export function prepareScript(plan: K3sPlan, node: MachineSpec): string {
  const isServer = node === plan.server
  const steps = isServer ? [MACHINE] : [MACHINE, joining(plan, node)]
  return ['#!/bin/sh', ...steps, SAY_NO_DOCKER, 'exit 0', ''].join('\n')
}

/** The kernel's log, which the kubelet reads for processes that were killed; and mounts that pods may hand on, as Calico's do. */
const MACHINE = `[ -e /dev/kmsg ] || mknod /dev/kmsg c 1 11 || ln -s /dev/console /dev/kmsg
mount --make-rshared /`

const GATE_TRIES = 1000

/**
 * Asks as the agent will: until the server's controllers run it has no certificates for nodes (503).
 * A refusal is for the agent to report.
 */
function joining(plan: K3sPlan, node: MachineSpec): string {
  return `/usr/local/bin/k3s crictl --version >/dev/null 2>&1
command -v curl >/dev/null && for try in $(seq ${GATE_TRIES}); do
  code=$(curl --silent --insecure --max-time 10 --output /dev/null --write-out '%{http_code}' \\
    --user 'node:${plan.token}' \\
    --header 'k3s-Node-Name: ${node.name}' --header 'k3s-Node-Password: ${nodePassword(plan, node)}' \\
    --header 'k3s-Node-IP: ${node.address}' ${apiOf(plan)}/v1-k3s/client-kubelet.crt)
  case $code in 200 | 403 | 404 | 405) break ;; esac
  sleep 0.2
done`
}
