import * as z from 'zod/mini'

const text = z.string().check(z.minLength(1))
const count = z.number().check(z.int(), z.nonnegative())

/** A regular expression, checked when the lab is read. */
const pattern = text

/** Where a check looks: a machine's name, or `pod/<name or app>[index]`. Commands run there, never on the host. */
const on = text
/** A network namespace of that machine, as `ip netns` names it; the machine's own when absent. */
const netns = z.optional(text)

/** What a value has to be. Several may be given; all must hold. */
export const expectationShape = {
  equals: z.optional(z.union([z.string(), z.number(), z.boolean()])),
  matches: z.optional(pattern),
  atLeast: z.optional(z.number()),
  atMost: z.optional(z.number()),
}

/** The kinds of check and the fields of each. A kind's program is `src/session/checks/<kind>.ts`. */
export const checkShapes = {
  /** An object of the cluster, or a list of them, and a value inside. */
  kube: {
    resource: text,
    namespace: z.optional(text),
    name: z.optional(text),
    selector: z.optional(text),
    path: z.optional(text),
    count: z.optional(z.strictObject(expectationShape)),
    ...expectationShape,
  },
  /** A network interface. `peer` is the other end of a veth pair, found by the kernel's own index pairing. */
  link: {
    on,
    netns,
    name: z.optional(text),
    type: z.optional(text),
    mtu: z.optional(count),
    mac: z.optional(text),
    master: z.optional(text),
    up: z.optional(z.boolean()),
    vni: z.optional(count),
    peer: z.optional(
      z.strictObject({
        netns,
        name: z.optional(text),
        master: z.optional(text),
        up: z.optional(z.boolean()),
      }),
    ),
  },
  /** An address on an interface: `172.18.0.1/24`. */
  address: { on, netns, dev: z.optional(text), address: text },
  /** A line of the routing table; `to` is `default` or a CIDR. */
  route: {
    on,
    netns,
    to: text,
    via: z.optional(text),
    dev: z.optional(text),
    onlink: z.optional(z.boolean()),
  },
  neighbour: {
    on,
    netns,
    ip: text,
    dev: z.optional(text),
    mac: z.optional(text),
    state: z.optional(z.array(text)),
  },
  /** A forwarding entry: MAC, and for VXLAN the address of the node behind it. */
  fdb: { on, dev: text, mac: z.optional(text), dst: z.optional(text) },
  /** Rules of a table as iptables-save writes them: at least one (or `count`) must match `rule`. */
  iptables: {
    on,
    netns,
    table: text,
    chain: z.optional(text),
    rule: z.optional(pattern),
    count: z.optional(z.strictObject(expectationShape)),
  },
  sysctl: { on, netns, name: text, equals: z.union([z.string(), z.number()]) },
  /** Processes whose command line matches. With `netns`, only those that live in that network namespace. */
  process: { on, netns, match: pattern, atLeast: z.optional(count), atMost: z.optional(count) },
  /** A named network namespace. */
  netns: { on, name: text },
  /** Arms a capture, runs the trigger, decodes what was seen. */
  capture: {
    on,
    interface: text,
    filter: z.optional(text),
    trigger: z.strictObject({ on, run: text }),
    display: z.optional(text),
    fields: z.optional(z.record(z.string(), z.union([z.string(), z.number()]))),
    atLeast: z.optional(count),
    atMost: z.optional(count),
    seconds: z.optional(z.number().check(z.minimum(0.2), z.maximum(30))),
  },
  /** A capture file that the learner saved on a machine. */
  pcap: {
    on,
    file: text,
    display: z.optional(text),
    fields: z.optional(z.record(z.string(), z.union([z.string(), z.number()]))),
    atLeast: z.optional(count),
    atMost: z.optional(count),
  },
  http: {
    on,
    netns,
    url: text,
    body: z.optional(pattern),
    times: z.optional(count),
    /** How many different bodies (or first groups of `body`) must be seen. */
    distinct: z.optional(count),
  },
  dns: { on, name: text, server: z.optional(text), answers: z.optional(z.array(text)) },
  /** What the learner wrote into a file, against what is true: a value, or what a command says now. */
  answer: {
    on,
    file: text,
    as: z.optional(z.enum(['text', 'number', 'words'])),
    equals: z.optional(z.union([z.string(), z.number()])),
    truth: z.optional(z.strictObject({ on, run: text })),
  },
  /** The escape hatch: a shell command's exit code and output. */
  command: {
    on,
    run: text,
    exit: z.optional(count),
    stdout: z.optional(pattern),
  },
}

const LEVELS = ['must', 'nice'] as const

const commonShape = {
  /** Unique in the step; made from the kind when absent. */
  id: z.optional(text),
  level: z.optional(z.enum(LEVELS)),
  /** Turns the question round: passes when the thing is not there. */
  absent: z.optional(z.boolean()),
  /** Seconds during which a no is asked again. */
  within: z.optional(z.number().check(z.minimum(0), z.maximum(60))),
  /** Id of a later step, by which this is no longer so: from then on nobody does it again. */
  until: z.optional(text),
  pass: z.optional(text),
  fail: z.optional(text),
}

type Shapes = typeof checkShapes
export type CheckKind = keyof Shapes
export const CHECK_KINDS = Object.keys(checkShapes) as CheckKind[]

/** The parameters of one kind of check. */
export type Params<K extends CheckKind> = z.infer<z.ZodMiniObject<Shapes[K]>> & {
  kind: K
  absent?: boolean | undefined
}
export type Question = { [K in CheckKind]: Params<K> }[CheckKind]

export interface Diagnosis {
  /** A question whose yes explains the failure. */
  when?: Question | undefined
  /** A pattern that what was observed matches. */
  seen?: string | undefined
  say: string
}

/** A question about the world with the words for its answers. */
export type Check = Question & {
  id?: string | undefined
  level?: (typeof LEVELS)[number] | undefined
  within?: number | undefined
  until?: string | undefined
  pass?: string | undefined
  fail?: string | undefined
  diagnose?: Diagnosis[] | undefined
}

function unionOf(extra: Record<string, z.core.$ZodType>) {
  const options = CHECK_KINDS.map((kind) =>
    z.strictObject({ kind: z.literal(kind), ...checkShapes[kind], ...extra }),
  )
  return z.discriminatedUnion('kind', options as [(typeof options)[0], ...typeof options])
}

const questionSchema = unionOf({ absent: z.optional(z.boolean()) })

/** A check as lab.yaml has it; its value is a {@link Check}. */
export const checkSchema = unionOf({
  ...commonShape,
  diagnose: z.optional(
    z.array(z.strictObject({ when: z.optional(questionSchema), seen: z.optional(pattern), say: text })),
  ),
})
