import { LAYOUTS } from './layouts.ts'

export interface Field {
  /** As in JSON. */
  readonly name: string
  /** Without brackets: what each element is, where it is a list. */
  readonly type: string
  readonly isList: boolean
  /** Whether its zero value means something. */
  readonly keepsZero: boolean
  readonly isAlwaysShown: boolean
  readonly check?: { readonly name: string; readonly ofZero: boolean }
}

/** The fields of a structure, in order; undefined for what is none of Calico's. */
export function layoutOf(structure: string): readonly Field[] | undefined {
  const text = LAYOUTS[structure]
  return text?.trim().split(/\s+/).map(fieldOf)
}

function fieldOf(text: string): Field {
  const [, name = '', sign = '', list, type = 'string', ofZero, check] =
    /^([\w-]+)([*!]?)(?::(\[\])?(\w+))?(?:@(!?)(.+))?$/.exec(text) ?? []
  return {
    name,
    type,
    isList: list !== undefined,
    keepsZero: sign === '*',
    isAlwaysShown: sign === '!',
    ...(check === undefined ? {} : { check: { name: check, ofZero: ofZero === '!' } }),
  }
}

/** What a kind has besides its metadata. */
export function partsOf(
  kind: string,
): readonly { readonly name: 'spec' | 'status'; readonly structure: string }[] {
  const parts = [
    { name: 'spec', structure: `${kind}Spec` },
    { name: 'status', structure: `${kind}Status` },
  ] as const
  return parts.filter(({ structure }) => structure in LAYOUTS)
}
