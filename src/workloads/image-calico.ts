import type { Image } from './image.ts'
import { image } from './image-base.ts'

/** Prints and keeps what the daemon says, see {@link Image.daemon}; SIGTERM ends it as it would the real program. */
const MAIN = `#!/bin/sh
trap 'exit 0' TERM INT
while read -r word text; do
  case $word in
    say) printf '%s\\n' "$text" ;;
    report) echo "\${text#* }" >"/run/\${text%% *}" ;;
    exit) exit "$text" ;;
  esac
done
`

/** The checks of calico/node 3.23 (node/pkg/health), in its words. BIRD is asked itself; for Felix, what the daemon reported. */
const CALICO_NODE = `#!/bin/sh
not() { echo "calico/node is not ready: $1"; exit 1; }
felix() { [ "$(cat /run/felix 2>/dev/null)" = ready ] || not "$1: readiness probe reporting 503"; }
sessions() {
  birdcl -s /var/run/calico/bird2.ctl show protocols 2>/dev/null ||
    not 'BIRD is not ready: unable to connect to BIRDv4 socket: dial unix /var/run/calico/bird.ctl: connect: connection refused'
}
bird() {
  said=$(sessions) || not "\${said#*not ready: }"
  down= up=
  while read -r name kind _ _ _ state _; do
    [ "$kind" = BGP ] || continue
    if [ "$state" = Established ]; then up=1; else down="$down,$(echo "\${name#*_}" | tr _ .)"; fi
  done <<END
$said
END
  [ -n "$down" ] || return 0
  # After 30 s one neighbour is enough, so that nodes that are down don't make all others unready.
  [ -n "$up" ] && [ -n "$(find /var/lib/calico/nodename -mmin +0.5)" ] && return 0
  not "BIRD is not ready: BGP not established with \${down#,}"
}
for word; do
  case $word in
    -felix-ready) felix 'felix is not ready' ;;
    -felix-live) [ -e /run/felix ] || not 'Felix is not live: liveness probe reporting 503' ;;
    -bird-ready) bird ;;
    -bird-live) said=$(sessions) || not 'bird/confd is not live: Service bird is not running.' ;;
    -init) echo 'knet-labs: nothing to prepare: there is no eBPF data plane here'; exit 0 ;;
  esac
done
`

/** What the init container of Calico's manifest does (cni-plugin/pkg/install), but for the programs: the runtime has them built in. */
const INSTALL = `#!/bin/sh
account=/var/run/secrets/kubernetes.io/serviceaccount
folder=/host/etc/cni/net.d
name=\${CNI_CONF_NAME:-10-calico.conflist}
token=$(cat $account/token)
echo 'knet-labs: calico and calico-ipam are built into this node'\\''s runtime: nothing is copied to /host/opt/cni/bin'
umask 077
cat >$folder/calico-kubeconfig.tmp <<END
# Kubeconfig file for Calico CNI plugin.
apiVersion: v1
kind: Config
clusters:
- name: local
  cluster:
    server: https://[$KUBERNETES_SERVICE_HOST]:$KUBERNETES_SERVICE_PORT
    certificate-authority-data: $(base64 -w 0 $account/ca.crt)
users:
- name: calico
  user:
    token: $token
contexts:
- name: calico-context
  context:
    cluster: local
    user: calico
current-context: calico-context
END
mv $folder/calico-kubeconfig.tmp $folder/calico-kubeconfig
umask 022
[ -n "$CNI_NETWORK_CONFIG" ] || { echo 'knet-labs: CNI_NETWORK_CONFIG is empty: there is no configuration to install'; exit 1; }
printf %s "$CNI_NETWORK_CONFIG" | sed "
s|__LOG_LEVEL__|\${LOG_LEVEL:-info}|g
s|__LOG_FILE_PATH__|\${LOG_FILE_PATH:-/var/log/calico/cni/cni.log}|g
s|__DATASTORE_TYPE__|\${DATASTORE_TYPE:-kubernetes}|g
s|__KUBERNETES_NODE_NAME__|\${KUBERNETES_NODE_NAME:-$(hostname)}|g
s|__KUBECONFIG_FILEPATH__|\${CNI_NET_DIR:-/etc/cni/net.d}/calico-kubeconfig|g
s|__CNI_MTU__|\${CNI_MTU:-1500}|g
s|__KUBERNETES_SERVICE_HOST__|$KUBERNETES_SERVICE_HOST|g
s|__KUBERNETES_SERVICE_PORT__|$KUBERNETES_SERVICE_PORT|g
s|__SERVICEACCOUNT_TOKEN__|$token|g" >"$folder/.$name.tmp" || exit
mv "$folder/.$name.tmp" "$folder/$name"
echo "Created $folder/$name"
cat "$folder/$name"; echo
`

const CALICO_IPAM = `#!/bin/sh
echo 'knet-labs: there are no addresses of host-local to take over'
`

const CHECK_STATUS = `#!/bin/sh
state=$(cat /run/controllers 2>/dev/null)
[ "$state" = ready ] && echo Ready && exit
echo "\${state:-not started yet}"
exit 1
`

const script = (path: string, content: string) => ({ path, content, mode: 0o755 })

/** The images of Calico's manifest, of any release. */
export function calicoImages(): Image[] {
  return [
    image('calico/cni', {
      entrypoint: ['/opt/cni/bin/install'],
      files: [script('/opt/cni/bin/install', INSTALL), script('/opt/cni/bin/calico-ipam', CALICO_IPAM)],
    }),
    image('calico/node', {
      entrypoint: ['start_runit'],
      daemon: 'calico-node',
      writesUsr: true,
      files: [script('/usr/bin/start_runit', MAIN), script('/usr/bin/calico-node', CALICO_NODE)],
    }),
    image('calico/kube-controllers', {
      entrypoint: ['/usr/bin/kube-controllers'],
      daemon: 'calico-kube-controllers',
      writesUsr: true,
      files: [script('/usr/bin/kube-controllers', MAIN), script('/usr/bin/check-status', CHECK_STATUS)],
    }),
  ]
}
