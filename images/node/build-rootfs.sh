#!/bin/sh
# The machine image without a registry: Debian as a tar on standard output.
#
#   sudo images/node/build-rootfs.sh | docker import --change 'CMD ["/sbin/init"]' - knet-labs/node:<tag>
#
# `knet-labs doctor --driver docker` says the tag. mmdebstrap makes it in a minute or less; debootstrap, where there is no other,
# fetches and writes each package by itself and takes five times as long. KNET_DEBIAN_MIRROR names another place of packages.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
packages=$(grep -v '^#' "$here/packages.txt" | paste -sd, -)

if command -v mmdebstrap >/dev/null; then
  export here
  exec mmdebstrap --quiet --variant=minbase --include="$packages" \
    --dpkgopt=force-unsafe-io \
    --customize-hook='cp "$here/configure.sh" "$1/configure.sh"' \
    --customize-hook='chroot "$1" /bin/sh /configure.sh >&2' \
    --customize-hook='rm "$1/configure.sh"' \
    bookworm - ${KNET_DEBIAN_MIRROR:+"$KNET_DEBIAN_MIRROR"}
fi

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
