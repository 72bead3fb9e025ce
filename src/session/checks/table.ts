import type { CheckKind, Params, Question } from '../../lab/check-schema.ts'
import type { World } from '../world.ts'
import { addressCheck } from './address.ts'
import type { Answer } from './answer.ts'
import { captureCheck } from './capture.ts'
import { commandCheck } from './command.ts'
import { dnsCheck } from './dns.ts'
import { fdbCheck } from './fdb.ts'
import { httpCheck } from './http.ts'
import { iptablesCheck } from './iptables.ts'
import { kubeCheck } from './kube.ts'
import { linkCheck } from './link.ts'
import { neighbourCheck } from './neighbour.ts'
import { netnsCheck } from './netns.ts'
import { pcapCheck } from './pcap.ts'
import { processCheck } from './process.ts'
import { routeCheck } from './route.ts'
import { sysctlCheck } from './sysctl.ts'
import { answerCheck } from './written.ts'

/** The program behind each kind of check. To add a kind: a shape in lab/check-schema.ts, a file here, a line here. */
const CHECKS: { readonly [K in CheckKind]: (params: Params<K>, world: World) => Promise<Answer> } = {
  kube: kubeCheck,
  link: linkCheck,
  address: addressCheck,
  route: routeCheck,
  neighbour: neighbourCheck,
  fdb: fdbCheck,
  iptables: iptablesCheck,
  sysctl: sysctlCheck,
  process: processCheck,
  netns: netnsCheck,
  capture: captureCheck,
  pcap: pcapCheck,
  http: httpCheck,
  dns: dnsCheck,
  answer: answerCheck,
  command: commandCheck,
}

/** Asks one question; `absent` turns the answer round. @throws whatever kept it from looking. */
export async function ask(question: Question, world: World): Promise<Answer> {
  const program = CHECKS[question.kind] as (params: Question, world: World) => Promise<Answer>
  const answer = await program(question, world)
  return question.absent ? { ...answer, ok: !answer.ok } : answer
}
