import type { Plugin } from 'rolldown'

/** Texts by type ("core/v1.Pod") and field; the type's own has the key "". */
export declare function readDescriptions(): Record<string, Record<string, string>>
export declare function descriptionsPlugin(): Plugin
