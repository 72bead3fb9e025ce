#!/bin/sh
# The machine image without a registry: Debian by debootstrap, as a tar on standard output.
#
#   sudo images/node/build-rootfs.sh | docker import --change 'CMD ["/sbin/init"]' - knet-labs/node:<tag>
#
# `knet-labs doctor --driver docker` says the tag. Packages come from where this machine's own come from.
# KNET_DEBIAN_MIRROR names another place.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
packages=$(grep -v '^#' "$here/packages.txt" | paste -sd, -)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
trap 'exit 1' HUP INT TERM

{
  debootstrap --variant=minbase --include="$packages" bookworm "$root" ${KNET_DEBIAN_MIRROR:+"$KNET_DEBIAN_MIRROR"}
  cp "$here/configure.sh" "$root/configure.sh"
  chroot "$root" /bin/sh /configure.sh
  rm "$root/configure.sh"
} >&2
tar --create --numeric-owner --one-file-system --directory "$root" .
