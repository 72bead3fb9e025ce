import { IPAM_HANDLES, ownMetadata } from '../resources.ts'
import { deleteUnchanged, type IpamStore } from './store.ts'

/** Notes that a handle has `change` more addresses of a block; with none left, the handle goes. @throws ApiError 409 */
export async function countAddresses(
  store: IpamStore,
  handleID: string,
  cidr: string,
  change: number,
): Promise<void> {
  const handle = await store.get(IPAM_HANDLES, { name: handleID })
  if (!handle) {
    if (change <= 0) return
    await store.create(IPAM_HANDLES, {
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'IPAMHandle',
      metadata: ownMetadata(handleID),
      spec: { block: { [cidr]: change }, deleted: false, handleID },
    })
    return
  }
  const counts = { ...handle.spec.block, [cidr]: (handle.spec.block[cidr] ?? 0) + change }
  const block = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
  if (Object.keys(block).length === 0) await deleteUnchanged(store, IPAM_HANDLES, handle)
  else await store.update(IPAM_HANDLES, { ...handle, spec: { ...handle.spec, block } })
}
