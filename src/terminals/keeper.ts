/** The program that owns a lab's terminals. @param socketPath where it listens. */
export async function runKeeper(_socketPath: string): Promise<void> {}
