# Process 1 of the machine. Each line that comes by the port "knet" is a script in base64; the answer is its exit code, and what it said in base64.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /lib/modules
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs run /run
mount -t cgroup2 cgroup /sys/fs/cgroup
ip link set lo up
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
# Each start of a program is emulated, and labs start hundreds: kubectl ends before its garbage matters, and half of a start of tshark goes into
# plugins and the names of manufacturers and ports, which no proof looks at.
printf '#!/bin/sh\nGOGC=off GOMEMLIMIT=512MiB exec %s "$@"\n' "$(command -v kubectl)" >/run/kubectl
install -D /run/kubectl /usr/local/sbin/kubectl
rm -rf /usr/lib/*/wireshark/plugins
(cd /usr/share/wireshark && rm -rf manuf services enterprises.tsv dtds)
until port=$(grep -lx knet /sys/class/virtio-ports/*/name 2>/dev/null); do sleep 0.1; done
port=${port%/name}
exec 3<>"/dev/${port##*/}"
echo "ready $(uname -r)" >&3
while read -r line <&3; do
  echo "$line" | base64 -d >/run/script
  sh /run/script >/run/said 2>&1 </dev/null 3>&-
  echo "$? $(base64 -w 0 /run/said)" >&3
done
