/** What an image is in the sandbox: no layers, but how its programs run on the node's own files. */
export interface Image {
  readonly name: string
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly workingDir: string
  /** Ports that it listens on when told nothing else: TCP unless marked. */
  readonly ports: readonly number[]
  /** Put on top of the common root. */
  readonly files: readonly { readonly path: string; readonly content: string; readonly mode?: number }[]
  /** Folders of the node that the container sees, read-only. */
  readonly nodeFolders: readonly { readonly source: string; readonly target: string }[]
  /** Shell lines that make ready on the node what nodeFolders name; run once a node, must bear repetition. */
  readonly nodeSetup: string
  /**
   * What its own program does for the node is done elsewhere, by a program that the runtime knows by this name, and only while that runs; it
   * gets lines on its standard input: `say TEXT`, `report PART STATE`, `exit CODE`.
   */
  readonly daemon: string | undefined
  /** Whether it is usual to write below /usr in it. */
  readonly writesUsr: boolean
}

/** The images that pods of the sandbox can name. */
export interface ImageCatalogue {
  /** The image a reference names; undefined when there is none. */
  find(reference: string): Image | undefined
  /** Names, as a learner would type them. */
  readonly names: readonly string[]
}
