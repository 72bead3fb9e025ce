/**
 * JSON of {@link Descriptions}, brotli, base64. Empty here: the build puts it in (.config/descriptions.mjs), as the texts
 * are the Kubernetes project's and not part of this source.
 */
export const PACKED_DESCRIPTIONS: string = ''
