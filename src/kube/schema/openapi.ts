export function openApiV3Index(): object {
  return { paths: {} }
}

export function openApiV3(_path: string): string | undefined {
  return undefined
}

export function openApiV2(_accept: string): { body: Uint8Array; contentType: string } {
  return { body: new Uint8Array(), contentType: 'application/json' }
}
