import { serverScript } from './busybox-http.ts'
import type { Image } from './image.ts'
import { image } from './image-base.ts'

const ROOT = '/usr/share/nginx/html'

const INDEX = `<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body>
<h1>Welcome to nginx!</h1>
<p>This page is served by knet-labs' stand-in for nginx (busybox httpd): it serves ${ROOT} on port 80 and reads no nginx.conf.</p>
</body>
</html>
`

/** nginx as far as labs use it: static files on port 80. */
export function nginxImage(): Image {
  return image('nginx', {
    entrypoint: ['/docker-entrypoint.sh'],
    cmd: ['nginx', '-g', 'daemon off;'],
    ports: [80],
    writesUsr: true,
    files: [
      serverScript('/docker-entrypoint.sh', ROOT, '80'),
      { path: `${ROOT}/index.html`, content: INDEX },
    ],
  })
}
