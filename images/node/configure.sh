#!/bin/sh
# Makes a Debian with this folder's packages a machine, from within: Dockerfile and build-rootfs.sh both run it.
set -eu

# A container has no hardware, no console and no disks. Labs run BIRD themselves where they want it.
systemctl mask --quiet \
  systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service \
  systemd-modules-load.service sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount \
  systemd-remount-fs.service systemd-logind.service systemd-resolved.service systemd-timesyncd.service \
  console-getty.service getty.target systemd-update-utmp.service systemd-update-utmp-runlevel.service \
  modprobe@.service systemd-journal-flush.service e2scrub_reap.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
  bird.service bird6.service nftables.service
systemctl enable --quiet ssh.service
systemctl set-default --quiet multi-user.target

# Footloose makes /root/.ssh itself, and fails where one is there: systemd would.
ln -s /dev/null /etc/tmpfiles.d/provision.conf
rm -rf /root/.ssh

# Keys are a machine's own, made as it boots, of the kind that takes no time; root comes in by key alone, as footloose has it.
rm -f /etc/ssh/ssh_host_*
mkdir -p /etc/systemd/system/ssh.service.d
cat >/etc/systemd/system/ssh.service.d/host-keys.conf <<'UNIT'
[Service]
ExecStartPre=
ExecStartPre=/bin/sh -c 'test -s /etc/ssh/ssh_host_ed25519_key || ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key'
ExecStartPre=/usr/sbin/sshd -t
UNIT
printf 'PermitRootLogin prohibit-password\n' >/etc/ssh/sshd_config.d/machine.conf

# dumpcap is kept to a group by default; root is all there is here.
chmod 755 /usr/bin/dumpcap
# Debian's shell prompt and nothing else: `root@node0:~#`.
printf "PS1='\\\\u@\\\\h:\\\\w\\\\$ '\n" >/root/.bashrc
# Each machine gets its own.
: >/etc/machine-id

# What nobody reads in a machine; licences stay.
find /usr/share/doc -type f ! -name copyright -delete
rm -rf /usr/share/man/* /usr/share/locale/* /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/log/* /tmp/*
