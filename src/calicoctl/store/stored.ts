import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../../kube/objects.ts'
import { timestamp } from '../../kube/timestamp.ts'
import { resourceFrom, type Metadata, type Resource } from '../layout/resource.ts'
import { shape, type JsonObject } from '../layout/shape.ts'

/** What of a resource's metadata Kubernetes would not keep as it is, as JSON. */
const METADATA = 'projectcalico.org/metadata'

/** An object of crd.projectcalico.org/v1 as calicoctl shows it. Upstream: libcalico-go, ConvertK8sResourceToCalicoResource. */
export function fromStored(kind: string, object: KubeObject): Resource {
  const { [METADATA]: kept, ...annotations } = object.metadata?.annotations ?? {}
  if (kept === undefined) return resourceFrom(kind, object as JsonObject, false)
  const { name, namespace, uid, resourceVersion, labels } = object.metadata ?? {}
  const own = { name, namespace, uid, resourceVersion, labels, annotations }
  const metadata = { ...(JSON.parse(kept) as JsonObject), ...own }
  return resourceFrom(kind, { ...object, metadata }, false)
}

/** The reverse. Upstream: ConvertCalicoResourceToK8sResource. */
export function toStored({ kind, metadata, spec, status }: Resource): KubeObject {
  const { name, namespace, resourceVersion, labels, annotations, ...rest } = metadata
  const kept = JSON.stringify(shape('ObjectMeta', rest, false))
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind,
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(labels === undefined ? {} : { labels }),
      ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
      annotations: { ...annotations, [METADATA]: kept },
    },
    spec,
    ...(status === undefined ? {} : { status }),
  } as KubeObject
}

/** Metadata of a new resource: Calico gives it an id and a time of its own, beside Kubernetes'. */
export function newMetadata(metadata: Metadata): Metadata {
  return { ...metadata, uid: randomUUID(), creationTimestamp: timestamp(new Date()) }
}
