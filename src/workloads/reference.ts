/**
 * The repository of an image reference, without registry, tag and digest: `docker.io/library/nginx:1.25` is `library/nginx`,
 * `registry.k8s.io/e2e-test-images/agnhost:2.45@sha256:…` is `e2e-test-images/agnhost`. As in Docker
 * (distribution/reference, ParseNormalizedNamed) the first component is a registry when it has a dot or a colon, or is localhost.
 */
export function repositoryOf(reference: string): string {
  const [name = ''] = reference.split('@')
  const components = name.split('/')
  const [first = ''] = components
  if (components.length > 1 && (/[.:]/.test(first) || first === 'localhost')) components.shift()
  return components.join('/').replace(/:[^/:]*$/, '')
}

/** v3.23.5 of docker.io/calico/node:v3.23.5. */
export function tagOf(reference: string): string | undefined {
  return /:([\w.-]+)$/.exec(reference.replace(/@.*/, ''))?.[1]
}

/**
 * Whether a reference names a repository of the catalogue. Registries and users don't matter, mirrors being what they are: the
 * last components must agree, as many as the catalogue's name has. `nginx` is any nginx; `coredns/coredns` needs both.
 */
export function names(reference: string, repository: string): boolean {
  const given = repositoryOf(reference).split('/')
  const wanted = repository.split('/')
  return given.length >= wanted.length && given.slice(-wanted.length).join('/') === wanted.join('/')
}
