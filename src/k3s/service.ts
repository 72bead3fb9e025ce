import { BEGIN } from '../machine/places.ts'
import { PREPARE, unitOf } from './unit.ts'

/** A function of the shell's. In its first instant systemd is called as it was started, "init"; what it is run from may be hidden. */
export const WITH_SYSTEMD = `with_systemd() {
  [ "$(cat /proc/1/comm)" = systemd ] || case "$(readlink /proc/1/exe)" in */systemd) true ;; *) false ;; esac
}`

/** Shell functions for scripts that run on nodes: k3s as a service, with systemd or, where that is not, the shell that keeps it (setup-script.ts). */
export const serviceFunctions = (isServer: boolean): string => `
unit=${unitOf(isServer)} kind=${isServer ? 'server' : 'agent'}
${WITH_SYSTEMD}
k3s_pids() { if with_systemd; then systemctl show --property MainPID --value $unit; else pidof k3s-$kind || pidof k3s; fi; }
k3s_runs() { if with_systemd; then systemctl is-active --quiet $unit; else k3s_pids >/dev/null; fi; }
k3s_stop() {
  if with_systemd; then systemctl stop $unit; return; fi
  touch /run/$unit.stopped
  while pids=$(k3s_pids); do kill $pids 2>/dev/null; sleep 0.1; done
}
k3s_start() { if with_systemd; then systemctl reset-failed $unit; systemctl start --no-block $unit; else rm -f /run/$unit.stopped; ${BEGIN_KEEPER}; fi; }
`

/** What k3s said, where no journal has it. */
export const logOf = (isServer: boolean): string => `/var/log/${unitOf(isServer)}.log`

/** Where {@link keeperScript} is. */
export const KEEPER = '/usr/local/lib/knet-labs/keep-k3s'

/** A command of the shell's. One that runs already goes on, and the new one ends. */
export const BEGIN_KEEPER = `if [ -p ${BEGIN} ]; then echo ${KEEPER} >${BEGIN}; else nohup setsid ${KEEPER} >/dev/null 2>&1 </dev/null & fi`

/** What keeps k3s running where there is no systemd, for as long as nobody stops it. */
export const keeperScript = (isServer: boolean): string => `#!/bin/sh
exec 9>/run/keep-k3s
flock --nonblock 9 || exit 0
while :; do
  [ -e /run/${unitOf(isServer)}.stopped ] || (${PREPARE}; exec /usr/local/bin/k3s ${isServer ? 'server' : 'agent'}) >>${logOf(isServer)} 2>&1 9>&-
  sleep 1 9>&-
done
`
