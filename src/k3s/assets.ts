/** Files of k3s' on this host. */
export interface K3sFiles {
  /** The program. */
  readonly bin: string
  /** Archives of images, as `docker save` and `k3s ctr images export` make them. */
  readonly images: readonly string[]
}

/** Who has, or fetches, what a cluster of k3s is made of. Each may take long the first time, and says so by `onProgress`. */
export interface K3sAssets {
  /** @throws LabError when there is none and none can be had. */
  k3s(options: AssetOptions): Promise<K3sFiles>
  /** Calico's manifest as its project publishes it, and archives of the images that it names. */
  calico(options: AssetOptions): Promise<{ readonly manifest: string; readonly images: readonly string[] }>
  /** The program calicoctl, for machines. Absent where machines have their own. */
  calicoctl?(options: AssetOptions): Promise<string>
}

export interface AssetOptions {
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
  /** What the machines run on, as container images call it; this host's when absent. */
  readonly arch?: string | undefined
}
