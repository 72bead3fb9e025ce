import type { Image } from './image.ts'
import { CONTAINER_PATH, image } from './image-base.ts'

const ON_NODE = '/run/knet/applets'
const IN_CONTAINER = '/opt/busybox'

/**
 * Links for all applets of the node's busybox. Debian's busybox 1.35 crashes on `wget -T`; where that is so, wget is a script
 * that keeps the time by itself.
 */
const INSTALL = `
if ! [ -d ${ON_NODE} ]; then
  mkdir -p ${ON_NODE}.new
  busybox --install -s ${ON_NODE}.new
  crashed=0; busybox wget -q -T 1 -O /dev/null http://127.0.0.1:1/ >/dev/null 2>&1 || crashed=$?
  if [ "$crashed" = 139 ]; then
    rm ${ON_NODE}.new/wget
    printf %s '#!/bin/sh
# The busybox of this node crashes on -T SECONDS, so the time is kept here.
limit=
for word; do
  shift
  case $word in
    -T) limit=$1; expecting=1; continue ;;
    -T?*) limit=\${word#-T}; continue ;;
    --timeout=*) limit=\${word#*=}; continue ;;
  esac
  [ -z "$expecting" ] || { expecting=; limit=$word; continue; }
  set -- "$@" "$word"
done
[ -z "$limit" ] && exec busybox wget "$@"
busybox timeout "$limit" busybox wget "$@"
code=$?
[ $code -ne 143 ] || echo "wget: download timed out" >&2
[ $code -lt 128 ] || exit 1
exit $code
' >${ON_NODE}.new/wget
    chmod 755 ${ON_NODE}.new/wget
  fi
  mv ${ON_NODE}.new ${ON_NODE}
fi`

/** What an image has that brings applets of the node's busybox. */
export const APPLETS = {
  nodeFolders: [{ source: ON_NODE, target: IN_CONTAINER }],
  nodeSetup: INSTALL,
} as const

/** Applets only where the node has no program of that name. */
export const PATH_WITH_APPLETS = `${CONTAINER_PATH}:${IN_CONTAINER}`

/** busybox, and what is little more: the applets come before the node's own programs of the same names. */
export function busyboxImage(name: string, fields: Partial<Image> = {}): Image {
  return image(name, {
    cmd: ['sh'],
    ...APPLETS,
    ...fields,
    env: { PATH: `${IN_CONTAINER}:${CONTAINER_PATH}`, ...fields.env },
  })
}
