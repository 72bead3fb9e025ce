/** Why there can be no k3s on machines of the sandbox here; undefined where there can. It needs no Docker. */
export const whyNoSandbox =
  process.getuid?.() !== 0
    ? 'only root can have k3s on machines of the sandbox'
    : process.env['KNET_K3S_BIN']
      ? undefined
      : 'KNET_K3S_BIN names no k3s'
