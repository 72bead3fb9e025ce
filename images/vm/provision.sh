#!/bin/sh
# Makes a Debian 12 a place for labs: Node, Docker, kernel modules, knet-labs and the tools it asks for. As root.
# What is there already is left alone, so it can be run again at any time; with everything there it needs no network.
#
#   KNET_PACKAGE   where knet-labs is, as a package or a checkout   /vagrant
#   KNET_FILES     what need not be downloaded, see README.md       /knet-files
set -eu

package=${KNET_PACKAGE:-/vagrant}
files=${KNET_FILES:-/knet-files}
home=/opt/knet-labs

# https://nodejs.org/dist/v22.21.1/SHASUMS256.txt
node_version=22.21.1
node_sha256_x64=680d3f30b24a7ff24b98db5e96f294c0070f8f9078df658da1bce1b9c9873c88
node_sha256_arm64=e660365729b434af422bcd2e8e14228637ecf24a1de2cd7c916ad48f2a0521e1

say() { printf '%s\n' "knet-labs: $*"; }
fail() { printf '%s\n' "knet-labs: $*" >&2; exit 1; }

# A dpkg whose apt-get was cut off goes on by itself for a while, and lets nobody else in.
finish_packages() {
  tries=0
  until said=$(dpkg --configure -a 2>&1); do
    case $said in
      *locked*) ;;
      *) fail "half-installed packages could not be finished: $said" ;;
    esac
    [ $tries -gt 0 ] || say "waiting for an earlier dpkg"
    tries=$((tries + 1))
    [ $tries -lt 300 ] || fail "dpkg has been at work for five minutes: $said"
    sleep 1
  done
}

install_packages() {
  missing=
  for name in "$@"; do
    dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing="$missing $name"
  done
  [ -n "$missing" ] || return 0
  say "installing$missing"
  [ -n "${lists:-}" ] || apt-get update --quiet=2
  lists=fresh
  # shellcheck disable=SC2086 # names of packages, split on purpose
  DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends $missing >/dev/null ||
    fail "these packages could not be installed:$missing"
}

# Packages that were brought along are installed with nothing asked of the network.
brought_packages() {
  set -- "$files"/*.deb
  [ -e "$1" ] || return 0
  say "taking the packages of $files"
  DEBIAN_FRONTEND=noninteractive dpkg --install --skip-same-version --refuse-downgrade --force-confold "$@" >/dev/null ||
    fail "the packages of $files could not be installed"
}

has_node() {
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
    2>/dev/null
}

# Debian 12 has Node 18, which is too old.
install_node() {
  if has_node; then return 0; fi
  case $(uname -m) in
    x86_64) platform=x64 sum=$node_sha256_x64 ;;
    aarch64) platform=arm64 sum=$node_sha256_arm64 ;;
    *) fail "there is no Node for $(uname -m) here: install Node 20.19 or newer and run this again" ;;
  esac
  name=node-v$node_version-linux-$platform.tar.xz
  archive=$files/$name
  install_packages ca-certificates curl xz-utils
  if [ ! -f "$archive" ]; then
    say "downloading Node $node_version"
    archive=/var/tmp/$name
    curl --fail --silent --show-error --location --retry 3 --output "$archive" "https://nodejs.org/dist/v$node_version/$name" ||
      fail "Node could not be downloaded. Where there is no network: KNET_VM_FILES, see images/vm/README.md"
  fi
  echo "$sum  $archive" | sha256sum --check --status || fail "$archive is not what nodejs.org published: remove it and try again"
  tar --extract --xz --file "$archive" --directory /usr/local --strip-components 1 --no-same-owner
  rm -f "/var/tmp/$name"
}

# Loaded at each boot: a lab can't load them from within its namespaces.
load_modules() {
  printf '%s\n' br_netfilter geneve ipip openvswitch overlay vxlan >/etc/modules-load.d/knet-labs.conf
  while read -r module; do
    modprobe "$module" 2>/dev/null || say "the kernel has no module $module here"
  done </etc/modules-load.d/knet-labs.conf
}

install_knet_labs() {
  if [ ! -f "$package/dist/cli.js" ]; then
    say "building knet-labs, as this checkout has no dist"
    (cd "$package" && npm ci)
  fi
  mkdir -p "$home"
  rm -rf "$home/dist" "$home/images"
  cp -R "$package/package.json" "$package/Vagrantfile" "$package/dist" "$package/images" "$home"
  # Labs stay where they are synced, so that what an author writes is what runs.
  ln -sfn "$package/labs" "$home/labs"
  # Not all that synchronises folders knows of programs.
  chmod +x "$home/dist/cli.js"
  ln -sf "$home/dist/cli.js" /usr/local/bin/knet-labs
  # The one thing that is not in dist, as it is native: terminals on the full screen.
  [ -d "$home/node_modules/@lydell/node-pty" ] || install_terminals ||
    say "no terminals on the full screen, as npm's registry can't be reached"
}

install_terminals() (
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cp "$package/package.json" "$work"
  cd "$work"
  npm pkg delete devDependencies overrides scripts
  npm install --omit=dev --ignore-scripts --no-package-lock --no-audit --no-fund --silent \
    --fetch-retries 1 --fetch-retry-mintimeout 1000 --fetch-timeout 30000
  mv node_modules "$home"
)

# A bundle has what labs on Docker would download: the machine image, k3s and its images.
load_bundles() {
  for bundle in "$files"/*.tar; do
    [ -f "$bundle" ] || continue
    say "loading $bundle"
    knet-labs bundle load "$bundle"
  done
}

has_machine_image() {
  knet-labs doctor --driver docker --json | node -e '
    const { findings } = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
    process.exit(findings.find(({ name }) => name === "machine image")?.ok ? 0 : 1)'
}

# Labs on Docker begin by making it, which takes minutes: better now than then.
make_machine_image() {
  if has_machine_image; then return 0; fi
  say "making the machine image for labs on Docker"
  knet-labs start containers --driver docker --detach >/dev/null 2>/var/log/knet-labs-image.log ||
    say "it could not be made: the first lab on Docker tries again (/var/log/knet-labs-image.log)"
  knet-labs stop containers >/dev/null 2>&1 || true
}

[ "$(id -u)" = 0 ] || fail "this needs root: sudo $0"
[ -f "$package/package.json" ] || fail "knet-labs is not in $package"
# Whoever ran this before may have been cut off, and what it began be under way still.
exec 9>/run/lock/knet-labs-provision
flock 9
finish_packages
brought_packages
install_packages ca-certificates curl docker.io
install_node
load_modules
install_knet_labs
knet-labs doctor --driver sandbox --fix --yes
load_bundles
make_machine_image
# By this knet-labs outside knows whether what is here is its own, and whole.
[ ! -f "$package/package.stamp" ] || cp "$package/package.stamp" "$home/package.stamp"
say "ready"
