import type { Container, Pod } from '../objects.ts'
import { expand } from './expand.ts'
import { fieldValue, resourceValue, type PodFacts } from './pod-fields.ts'
import { MissingReference, textOf, type Contents, type References } from './references.ts'

type EnvVar = NonNullable<Container['env']>[number]
type Env = Record<string, string>

export interface EnvironmentInputs {
  readonly pod: Pod
  readonly facts: PodFacts
  readonly services: Readonly<Record<string, string>>
  readonly references: References
}

/**
 * A container's environment: services first, then envFrom, then env, each in order and able to use those before it.
 * Upstream: makeEnvironmentVariables.
 * @throws MissingReference with the kubelet's words
 */
export async function environment(container: Container, inputs: EnvironmentInputs): Promise<Env> {
  const env: Env = {}
  for (const source of container.envFrom ?? []) {
    const contents = await fromSource(source, inputs.references)
    for (const [key, value] of Object.entries(contents)) env[`${source.prefix ?? ''}${key}`] = textOf(value)
  }
  const known: Env = { ...inputs.services, ...env }
  for (const variable of container.env ?? []) {
    const value = await valueOf(variable, container, inputs, known)
    if (value === undefined) continue
    env[variable.name] = value
    known[variable.name] = value
  }
  return { ...inputs.services, ...env }
}

async function fromSource(
  source: NonNullable<Container['envFrom']>[number],
  references: References,
): Promise<Contents> {
  const { configMapRef, secretRef } = source
  if (configMapRef) return references.configMap(configMapRef.name ?? '', configMapRef.optional)
  if (secretRef) return references.secret(secretRef.name ?? '', secretRef.optional)
  return {}
}

async function valueOf(
  { value, valueFrom }: EnvVar,
  container: Container,
  { pod, facts, references }: EnvironmentInputs,
  known: Env,
): Promise<string | undefined> {
  if (value !== undefined || !valueFrom) return expand(value ?? '', known)
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom
  if (fieldRef) return fieldValue(fieldRef.fieldPath, pod, facts)
  if (resourceFieldRef) return resourceValue(resourceFieldRef, container)
  const ref = configMapKeyRef ?? secretKeyRef
  if (!ref) return undefined
  const { name = '', key, optional } = ref
  const read = configMapKeyRef ? references.configMap : references.secret
  const contents = await read(name, optional)
  const content = Object.hasOwn(contents, key) ? contents[key] : undefined
  if (content !== undefined) return textOf(content)
  if (optional) return undefined
  const kind = configMapKeyRef ? 'ConfigMap' : 'Secret'
  throw new MissingReference(`couldn't find key ${key} in ${kind} ${pod.metadata.namespace}/${name}`)
}
