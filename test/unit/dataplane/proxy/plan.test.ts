import { expect, test } from 'vitest'
import { planRules, portPlanner } from '../../../../src/dataplane/proxy/plan.ts'
import { renderRuleset } from '../../../../src/net/iptables/render.ts'
import { CLUSTER_CIDR, NODE, portsInSavedOrder, proxyCases } from '../../../helpers/proxy-golden.ts'

test.each(proxyCases())("$name gives the rules of upstream's kube-proxy, line for line", (one) => {
  const rules = planRules(portsInSavedOrder(one), { ...NODE, nfacct: true }, portPlanner(CLUSTER_CIDR))
  expect(renderRuleset(rules)).toBe(one.saved)
})
