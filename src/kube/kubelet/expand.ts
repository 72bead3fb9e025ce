/** Replaces $(NAME) by its value; an unknown one stays as it is, and $$ is a dollar. Upstream: third_party/forked/golang/expansion. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : Object.hasOwn(env, name) ? (env[name] ?? whole) : whole,
  )
}
