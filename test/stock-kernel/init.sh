#!/bin/busybox sh
# Process 1 of the initramfs: mounts the host's root, read-only, below one in memory, and goes there.
busybox=/bin/busybox
$busybox mount -t proc proc /proc
$busybox mount -t devtmpfs dev /dev
for module in /modules/*; do $busybox insmod "$module"; done
$busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose host /host
$busybox mount -t tmpfs memory /memory
$busybox mkdir /memory/upper /memory/work /memory/root
$busybox mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work root /memory/root
$busybox cp /agent.sh /memory/root/agent.sh
exec $busybox switch_root /memory/root /bin/sh /agent.sh
