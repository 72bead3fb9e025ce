import { expect, test } from 'vitest'
import { withLabFiles } from '../../../src/cli/commands/kubectl.ts'

const there = new Set(['/labs/flannel/hello.yaml', 'mine.yaml', '/labs/flannel/mine.yaml'])
const words = (line: string) =>
  withLabFiles(line.split(' '), '/labs/flannel', (file) => there.has(file)).join(' ')

test.each([
  ['apply -f hello.yaml', 'apply -f /labs/flannel/hello.yaml'],
  ['apply --filename=hello.yaml', 'apply --filename=/labs/flannel/hello.yaml'],
  ['apply --filename hello.yaml', 'apply --filename /labs/flannel/hello.yaml'],
  ['apply -f mine.yaml', 'apply -f mine.yaml'],
  ['apply -f nowhere.yaml', 'apply -f nowhere.yaml'],
  ['apply -f -', 'apply -f -'],
  ['logs -f hello.yaml-pod', 'logs -f hello.yaml-pod'],
  ['get hello.yaml', 'get hello.yaml'],
])('%s', (typed, run) => {
  expect(words(typed)).toBe(run)
})
