import { expect, test } from 'vitest'
import { fill, parseTemplate } from '../../../src/lab/template.ts'

function filled(text: string, values: Record<string, string[]> = {}) {
  const { parts, problems } = parseTemplate(text)
  expect(problems).toEqual([])
  return fill(parts, new Map(Object.entries(values)))
}

test('a value takes the place of its name', () => {
  const text = 'ping {{ pod.hello[0].ip }} from {{node.node0.address}}'
  const values = { 'pod.hello[0].ip': ['10.42.0.5'], 'node.node0.address': ['172.19.0.2'] }
  expect(filled(text, values)).toEqual({ text: 'ping 10.42.0.5 from 172.19.0.2', missing: [] })
})

test('a value that is not there yet can be read as such', () => {
  expect(filled('ping {{ pod.hello[0].ip }}')).toEqual({
    text: 'ping ‹pod.hello[0].ip: not there yet›',
    missing: ['pod.hello[0].ip'],
  })
})

test('several values are listed, counted or made a pattern', () => {
  const values = { 'pod.a[*].ip': ['10.42.0.5', '10.42.1.5'] }
  const one = (filter: string) => {
    const { parts } = parseTemplate(`{{ pod.a[*].ip${filter} }}`)
    return fill(parts, new Map([[`pod.a[*].ip${filter}`, values['pod.a[*].ip']]])).text
  }
  expect(one('')).toBe('10.42.0.5, 10.42.1.5')
  expect(one(' | words')).toBe('10.42.0.5 10.42.1.5')
  expect(one(' | count')).toBe('2')
  expect(one(' | regex')).toBe(String.raw`10\.42\.0\.5|10\.42\.1\.5`)
})

test('a namespace of a machine, a name with dots and slashes and a negative index can be named', () => {
  expect(parseTemplate('{{ link.node0/red.eth0.mac }} {{ pod.hello-1[-1].name }}').problems).toEqual([])
})

test.each([
  ['{{ pot.hello[0].ip }}', 'there is no "pot" (did you mean "pod"?)'],
  [
    '{{ pod.hello[0].mack }}',
    'pod has no "mack" (did you mean "mac"?); it has name, namespace, ip, node, mac, netns, veth',
  ],
  ['{{ pod.hello.ip }}', 'say which pod: [0], [-1], [*] or [node0]'],
  ['{{ node.node0 }}', 'node takes 2 names, the last one a field'],
  ['{{ node.node0.address | hots }}', 'there is no filter "hots" (did you mean "host"?)'],
  ['{{ }}', 'is not a name like pod.hello-kubernetes[0].ip'],
])('%s is refused: %s', (text, message) => {
  expect(parseTemplate(`before ${text}`).problems).toEqual([
    { offset: 7, message: expect.stringContaining(message) as string },
  ])
})

test('braces of other languages are left alone', () => {
  expect(filled('-o jsonpath=\'{.items[*].status.podIP}\' -p \'{"a":{"b":1}}\'').text).toContain('{.items[*]')
})
