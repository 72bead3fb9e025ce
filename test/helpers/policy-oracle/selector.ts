import { runInThisContext } from 'node:vm'
import type { Labels } from './world.ts'

const compiled = new Map<string, (labels: Labels) => boolean>()

/** By turning the selector into JavaScript, one kind of expression after the other. */
export function calicoSelects(selector: string | undefined, labels: Labels): boolean {
  if (!selector) return true
  const known = compiled.get(selector)
  if (known) return known(labels)
  const texts: string[] = []
  const code = selector
    .replaceAll(/"[^"]*"|'[^']*'/g, (text) => `<${texts.push(text.slice(1, -1)) - 1}>`)
    .replaceAll(/(?:all|global)\(\s*\)/g, '(true)')
    .replaceAll(
      /has\(\s*([\w./-]+)\s*\)/g,
      (_, label: string) => `(l[${texts.push(label) - 1}_] !== undefined)`,
    )
    .replaceAll(
      /([\w./-]+)\s+not\s+in\s*\{([^}]*)\}/g,
      (_, label: string, set: string) => `(![${set}].includes(l[${texts.push(label) - 1}_]))`,
    )
    .replaceAll(
      /([\w./-]+)\s+in\s*\{([^}]*)\}/g,
      (_, label: string, set: string) => `([${set}].includes(l[${texts.push(label) - 1}_]))`,
    )
    .replaceAll(
      /([\w./-]+)\s+contains\s*(<\d+>)/g,
      (_, label: string, text: string) => `(l[${texts.push(label) - 1}_] ?? '').includes(${text})`,
    )
    .replaceAll(
      /([\w./-]+)\s+starts\s+with\s*(<\d+>)/g,
      (_, label: string, text: string) => `(l[${texts.push(label) - 1}_] ?? '').startsWith(${text})`,
    )
    .replaceAll(
      /([\w./-]+)\s+ends\s+with\s*(<\d+>)/g,
      (_, label: string, text: string) => `(l[${texts.push(label) - 1}_] ?? '').endsWith(${text})`,
    )
    .replaceAll(
      /([\w./-]+)\s*(==|!=)\s*(<\d+>)/g,
      (_, label: string, sign: string, text: string) => `(l[${texts.push(label) - 1}_] ${sign}= ${text})`,
    )
    .replaceAll(/<(\d+)>|(\d+)_/g, (_, text?: string, label?: string) =>
      JSON.stringify(texts[Number(text ?? label)]),
    )
  const evaluate = runInThisContext(`(l) => ${code}`) as (labels: Labels) => boolean
  compiled.set(selector, evaluate)
  return evaluate(labels)
}
