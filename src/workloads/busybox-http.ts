import type { Image } from './image.ts'

type File = Image['files'][number]

/**
 * A script that serves a folder with busybox httpd. Pid 1 of a container ignores SIGTERM unless it asks for it, and httpd
 * does not: the shell around it does.
 */
export function serverScript(path: string, folder: string, port: string): File {
  return {
    path,
    mode: 0o755,
    content: `#!/bin/sh
trap 'kill $! 2>/dev/null; exit 0' TERM INT
busybox httpd -f -p "${port}" -h ${folder} &
wait $!
`,
  }
}

/** What httpd runs for `/` when the folder has no index.html. */
export function indexScript(folder: string, script: string): File {
  return { path: `${folder}/cgi-bin/index.cgi`, mode: 0o755, content: `#!/bin/sh\n${script}` }
}
