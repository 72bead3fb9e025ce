import type { KubeClient } from '../client.ts'
import type { ConfigMap, Secret } from '../objects.ts'
import { CONFIG_MAPS, SECRETS } from '../resources.ts'

/** Contents of a ConfigMap or Secret by key. */
export type Contents = Readonly<Record<string, string | Uint8Array>>

/** Reads ConfigMaps and Secrets of one namespace. @throws MissingReference unless optional. */
export interface References {
  readonly configMap: (name: string, optional?: boolean) => Promise<Contents>
  readonly secret: (name: string, optional?: boolean) => Promise<Contents>
}

/** Something that a pod names is not there (yet): it waits. The message is the kubelet's. */
export class MissingReference extends Error {
  override readonly name = 'MissingReference'
}

export function references(client: KubeClient, namespace: string): References {
  const fail = (kind: string, name: string, optional: boolean | undefined): Contents => {
    if (optional) return {}
    throw new MissingReference(`${kind} "${name}" not found`)
  }
  return {
    async configMap(name, optional) {
      const found = await client.get(CONFIG_MAPS, { namespace, name })
      return found ? configMapContents(found) : fail('configmap', name, optional)
    },
    async secret(name, optional) {
      const found = await client.get(SECRETS, { namespace, name })
      return found ? secretContents(found) : fail('secret', name, optional)
    },
  }
}

function configMapContents({ data = {}, binaryData = {} }: ConfigMap): Contents {
  return { ...data, ...decode(binaryData) }
}

function secretContents({ data = {} }: Secret): Contents {
  return decode(data)
}

function decode(data: Readonly<Record<string, string>>): Contents {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
}

export function textOf(content: string | Uint8Array): string {
  return typeof content === 'string' ? content : Buffer.from(content).toString('utf8')
}
