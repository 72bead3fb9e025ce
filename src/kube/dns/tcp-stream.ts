/** Takes pieces of a TCP stream and hands on the DNS messages in it, each after its two bytes of length (RFC 1035, 4.2.2). */
export function streamDecoder(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 2) {
      const end = 2 + rest.readUInt16BE(0)
      if (rest.length < end) return
      const message = rest.subarray(2, end)
      rest = rest.subarray(end)
      onMessage(message)
    }
  }
}

/** A message as it goes into a TCP stream. */
export function streamEncoded(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}
