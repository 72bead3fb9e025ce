import type { KubeObject } from '../kube/objects.ts'

/** The objects of labs/calico/calico-k3s.yaml. Empty here: the build puts them in (.config/calico-manifest.mjs). */
export const calicoManifest = (): readonly KubeObject[] => []
