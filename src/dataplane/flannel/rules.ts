import {
  type Chain,
  type Rule,
  type Ruleset,
  type Target,
  comment,
  jump,
  mark,
  option,
  tableOf,
} from '../../net/iptables/rule.ts'

const FORWARD = 'FLANNEL-FWD'
const POSTROUTING = 'FLANNEL-POSTRTG'

/** Whether a chain is flannel's to write. */
export function ownsChain(chain: string): boolean {
  return chain === FORWARD || chain === POSTROUTING
}

/**
 * Lets the pod network through, and masquerades what leaves it or enters it from elsewhere, but for what kube-proxy has
 * marked to masquerade itself. Upstream: pkg/trafficmngr/iptables, since 0.22.
 */
export function flannelRules(podNetwork: string, podCIDR: string): Ruleset {
  const masquerade = jump('MASQUERADE', option('--random-fully'))
  const done = jump('RETURN')
  const from = (source: string, not = false): Pick<Rule, 'source'> => ({ source: term(source, not) })
  const to = (destination: string, not = false): Pick<Rule, 'destination'> => ({
    destination: term(destination, not),
  })
  return new Map([
    [
      'filter',
      tableOf([
        builtIn('FORWARD', forward({}, jump(FORWARD))),
        {
          name: FORWARD,
          rules: [forward(from(podNetwork), jump('ACCEPT')), forward(to(podNetwork), jump('ACCEPT'))],
        },
      ]),
    ],
    [
      'nat',
      tableOf([
        builtIn('POSTROUTING', masq({}, jump(POSTROUTING))),
        {
          name: POSTROUTING,
          rules: [
            { matches: [mark('0x4000/0x4000'), remark('masq')], target: done },
            masq({ ...from(podCIDR), ...to(podNetwork) }, done),
            masq({ ...from(podNetwork), ...to(podCIDR) }, done),
            masq({ ...from(podNetwork, true), ...to(podCIDR) }, done),
            masq({ ...from(podNetwork), ...to('224.0.0.0/4', true) }, masquerade),
            masq({ ...from(podNetwork, true), ...to(podNetwork) }, masquerade),
          ],
        },
      ]),
    ],
  ])
}

function builtIn(name: string, rule: Rule): Chain {
  return { name, policy: 'ACCEPT', rules: [rule] }
}

function term(value: string, not: boolean) {
  return { value, ...(not && { not }) }
}

function remark(what: 'masq' | 'forward') {
  return comment(`flanneld ${what}`)
}

function forward(where: Omit<Rule, 'matches'>, target: Target): Rule {
  return { ...where, matches: [remark('forward')], target }
}

function masq(where: Omit<Rule, 'matches'>, target: Target): Rule {
  return { ...where, matches: [remark('masq')], target }
}
