import { indexScript, serverScript } from './busybox-http.ts'
import type { Image } from './image.ts'
import { image } from './image-base.ts'
import { APPLETS, PATH_WITH_APPLETS } from './image-busybox.ts'

/**
 * paulbouwer/hello-kubernetes: answers with a greeting (MESSAGE), the pod and the node, on port 8080 (PORT). Ours also
 * tells the caller's address, which is what networking labs ask about. The original is an Alpine, so it has wget wherever it runs.
 */
export function helloImage(nodeName: string): Image {
  return image('hello-kubernetes', {
    entrypoint: ['/app/server'],
    workingDir: '/app',
    ports: [8080],
    ...APPLETS,
    env: { PATH: PATH_WITH_APPLETS, KUBERNETES_NODE_NAME: nodeName },
    files: [
      serverScript('/app/server', '/app/www', '${PORT:-8080}'),
      indexScript(
        '/app/www',
        `caller=\${REMOTE_ADDR##*:ffff:}
printf 'Content-Type: text/plain; charset=utf-8\\r\\n\\r\\n%s pod=%s node=%s from=%s:%s\\n' \\
  "\${MESSAGE:-Hello world!}" "\${KUBERNETES_POD_NAME:-$HOSTNAME}" "$KUBERNETES_NODE_NAME" "\${caller%]}" "$REMOTE_PORT"
`,
      ),
    ],
  })
}
