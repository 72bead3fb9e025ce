import { expect, test } from 'vitest'
import { kubectlProblem, splitWords } from '../../../src/lab/kubectl-words.ts'

test('words are split as a shell splits them, without expansions', () => {
  expect(splitWords(String.raw`patch pod x -p '{"a": "b c"}' "d \"e\"" f\ g $HOME *`)).toEqual([
    'patch',
    'pod',
    'x',
    '-p',
    '{"a": "b c"}',
    'd "e"',
    'f g',
    '$HOME',
    '*',
  ])
})

test.each([
  'get pods -o wide',
  'scale deployment hello --replicas=5',
  'label pod x app=y --overwrite',
  'exec web -- cat -f /etc/resolv.conf',
  "patch deployment x --type=merge -p '{}'",
  'wait --for=condition=Ready pod/x',
])('a lab may run kubectl %s', (line) => {
  expect(kubectlProblem(line)).toBeUndefined()
})

test.each([
  'apply -f /etc/shadow',
  'create -f=x',
  'delete -fx',
  'get pods --kubeconfig /root/.kube/config',
  'get pods --kubeconfig=/root/.kube/config',
  'get pods -s https://elsewhere',
  'get pods -shttps://elsewhere',
  'get pods --context prod',
  'get nodes -o go-template-file=/etc/shadow',
  'get nodes -o=jsonpath-file=/etc/shadow',
  'create configmap x --from-file=/etc/shadow',
  'patch pod x --patch-file /etc/shadow',
  'cp /etc/shadow x:/tmp',
  'config view --raw',
  'proxy',
  'plugin-of-mine',
  '--namespace x get pods',
  '',
])('a lab may not run kubectl %s', (line) => {
  expect(kubectlProblem(line)).toMatch(/not for labs/)
})
