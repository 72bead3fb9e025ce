/** Where k3s has the archives that it imports whenever it starts, which takes it seconds. */
const ARCHIVES = '/var/lib/rancher/k3s/agent/images'

/** What containerd had when the cluster became ready, an image a line. */
const NOTED = '/run/knet-labs/images'

const LIST = 'k3s ctr --namespace k8s.io images ls --quiet'

/** A command of the shell's, which does not wait for it. */
export const NOTE_IMAGES = `{ ${LIST} | sort >${NOTED}.new && mv ${NOTED}.new ${NOTED}; } </dev/null >/dev/null 2>&1 &`

/** Before k3s is stopped to start again: it finds no archives then, if containerd still has all that was in them. A command of the shell's. */
export const HIDE_ARCHIVES = `
have=$(mktemp)
${LIST} 2>/dev/null | sort >$have
if [ -s ${NOTED} ] && [ -z "$(comm -23 ${NOTED} $have)" ]; then
  mountpoint -q ${ARCHIVES} || mount -t tmpfs -o mode=755,size=4k none ${ARCHIVES}
elif mountpoint -q ${ARCHIVES}; then
  umount ${ARCHIVES}
fi
rm -f $have
`
