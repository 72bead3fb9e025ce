/** What a kubeconfig of k3s' says of the cluster, as PEM texts. */
export interface Access {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** Reads /etc/rancher/k3s/k3s.yaml: one cluster, one user. @throws Error when it has not what it should. */
export function accessIn(kubeconfig: string): Access {
  const pem = (name: string) => {
    const data = new RegExp(`^\\s*${name}: (\\S+)$`, 'm').exec(kubeconfig)?.[1]
    if (data === undefined) throw new Error(`the kubeconfig of k3s has no ${name}`)
    return Buffer.from(data, 'base64').toString()
  }
  return {
    ca: pem('certificate-authority-data'),
    cert: pem('client-certificate-data'),
    key: pem('client-key-data'),
  }
}

/** The same for who is elsewhere: k3s writes its own for the machine that it is on. */
export function kubeconfigFor(kubeconfig: string, server: string): string {
  return kubeconfig.replace(/^(\s*server:) \S+$/m, `$1 ${server}`)
}

/** The URL that a kubeconfig names. */
export const serverIn = (kubeconfig: string): string => /^\s*server: (\S+)$/m.exec(kubeconfig)?.[1] ?? ''
