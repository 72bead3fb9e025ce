import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { expect, test } from 'vitest'

const SRC = resolve(import.meta.dirname, '../src')
const ROOT = resolve(import.meta.dirname, '..')

/** The table of ARCHITECTURE.md, read from it, so that text and test can't disagree. */
function allowedImports(): Map<string, Set<string>> {
  const rows = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8').matchAll(
    /^\| (\w+) \| [^|]+ \|([^|]*)\|$/gm,
  )
  const names = (cell: string) => cell.split(',').map((name) => name.trim())
  return new Map([...rows].map(([, room = '', may = '']) => [room, new Set(names(may).filter(Boolean))]))
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(SRC, file))
}

const roomOf = (file: string) => relative(SRC, file).split(sep)[0] ?? ''

function importedRooms(file: string): string[] {
  const specifiers = readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)
  return [...specifiers].map(([, path = '']) => roomOf(resolve(dirname(file), path)))
}

test('every room imports only the rooms that ARCHITECTURE.md gives it', () => {
  const allowed = allowedImports()
  const violations = sourceFiles().flatMap((file) => {
    const room = roomOf(file)
    const may = allowed.get(room)
    if (!may) return [`${relative(ROOT, file)}: the room ${room} is not in the table`]
    if (may.has('all')) return []
    return importedRooms(file)
      .filter((imported) => imported !== room && !may.has(imported))
      .map((imported) => `${relative(ROOT, file)} imports ${imported}`)
  })
  expect(violations).toEqual([])
})

/** What a file imports of one driver's own folder; what is beside those folders, all may know who may know drivers. */
const ofOneDriver = (file: string) =>
  /(?:from|import\()\s*'(?:\.\.\/)+drivers\/\w+\//.test(readFileSync(file, 'utf8'))

test('only the composition roots import a driver', () => {
  const importers = sourceFiles().filter((file) => roomOf(file) !== 'drivers' && ofOneDriver(file))
  expect(importers.map((file) => relative(SRC, file)).toSorted()).toEqual([
    'cli/compose.ts',
    'cli/control-plane.ts',
  ])
})
