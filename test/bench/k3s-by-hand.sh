#!/bin/sh
# Three nodes of k3s as the talks make them: machines, then the server, then one agent after another, then looking every
# second whether all is there. `ready` is what knet-labs means by it. Everything is removed at the end.
#   k3s-by-hand.sh <image> <k3s> <containerd template> <archive of images>…
set -eu
image=$1 bin=$2 template=$3
shift 3
net=knet-bench-k3s
nodes='node0 node1 node2'
on() { machine=$1; shift; docker exec -i "$net-$machine" "$@"; }
remove() {
  for node in $nodes; do docker rm --force --volumes "$net-$node"; done
  docker network rm "$net"
} >/dev/null 2>&1
remove || :
trap remove EXIT

docker network create "$net" >/dev/null
rights=--privileged
docker run --rm --privileged --entrypoint /bin/true "$image" 2>/dev/null || rights='--cap-add ALL --cap-drop SYS_RESOURCE
  --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined --device /dev/kmsg'
began=$(date +%s%N)
for node in $nodes; do
  # shellcheck disable=SC2086
  docker run --detach --name "$net-$node" --hostname "$node" --network "$net" $rights --device-cgroup-rule 'a *:* rwm' \
    --cgroupns private --env container=docker --tmpfs /run --tmpfs /run/lock --tmpfs /tmp:exec,mode=777 \
    --volume /var/lib/rancher --volume /var/lib/kubelet --entrypoint /bin/sh "$image" -c \
    'for m in /sys /sys/fs/cgroup /sys/fs/cgroup/*; do mount -o remount,rw "$m" || mount -o remount,bind,rw "$m"; done 2>/dev/null
     mount --make-rshared /; exec /sbin/init' >/dev/null
done

install() { # node, server or agent, flags: what the installer does with INSTALL_K3S_SKIP_DOWNLOAD
  docker cp --quiet "$bin" "$net-$1:/usr/local/bin/k3s"
  on "$1" mkdir -p /var/lib/rancher/k3s/agent/images /var/lib/rancher/k3s/agent/etc/containerd
  for archive in $archives; do docker cp --quiet "$archive" "$net-$1:/var/lib/rancher/k3s/agent/images/"; done
  [ "$rights" = --privileged ] || docker cp --quiet "$template" "$net-$1:/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl"
  printf '[Service]\nType=%s\nExecStart=/usr/local/bin/k3s %s\nKillMode=process\nDelegate=yes\nRestart=always\n' \
    "$([ "$2" = server ] && echo notify || echo exec)" "$2 $3" |
    on "$1" sh -c 'until systemctl daemon-reload 2>/dev/null; do sleep 0.1; done; cat >/etc/systemd/system/k3s.service; systemctl daemon-reload; systemctl start k3s'
}
kubectl() { on node0 /usr/local/bin/k3s kubectl "$@" 2>/dev/null; }
ready() { [ "$(kubectl get node "$1" --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]; }

archives=$*
install node0 server '--token bench --disable traefik,servicelb,metrics-server,local-storage'
until ready node0; do sleep 1; done
server=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$net-node0")
for node in node1 node2; do
  install "$node" agent "--server https://$server:6443 --token bench"
  until ready "$node"; do sleep 1; done
done
for node in $nodes; do
  until on "$node" test -s /run/flannel/subnet.env; do sleep 1; done
  until on "$node" dig +short +tries=1 +time=1 @10.43.0.10 kubernetes.default.svc.cluster.local 2>/dev/null | grep -q '^10'; do sleep 1; done
done
echo $(($(date +%s%N) - began))
