/** "nginx" is docker.io/library/nginx:latest, as containerd and Docker have it. */
export function fullReference(name: string): string {
  const [, path = name, tag = 'latest'] = /^(.+?)(?::([\w.-]+))?$/.exec(name) ?? []
  const [first = '', ...rest] = path.split('/')
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  if (hasHost) return `${path}:${tag}`
  return `docker.io/${rest.length > 0 ? path : `library/${path}`}:${tag}`
}
