/**
 * Makes src/kube/schema/facts.json: what the API's Go types say that JSON alone does not (protobuf tags, merge keys,
 * list types, what is required). Reads Go source, because that is where these facts are written first. Run by hand when
 * a kind is added or the release moves:
 *
 *   cd "$(mktemp -d)" && go mod init facts && go get k8s.io/{api,apimachinery,apiextensions-apiserver}@v0.36
 *   node .config/schema-facts.mjs $(go list -m -f '{{.Dir}}' k8s.io/{api,apimachinery,apiextensions-apiserver})
 *
 * A type is a list of lines `name type tag? flag…`; the name `-` is an embedded struct. Types: a scalar, `[]T`, `map T`
 * written `{}T`, or another type's key. Flags: required; pointer; keep (written to JSON even when unset); strategy=,
 * mergeKey=, list=, keys=, map=, struct= as in the markers and tags; default= as JSON. `@atomic` marks a struct that is
 * owned as a whole.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const KINDS = {
  'core/v1':
    'Namespace Node Pod Service Endpoints ConfigMap Secret ServiceAccount Event NamespaceList NodeList PodList ' +
    'ServiceList EndpointsList ConfigMapList SecretList ServiceAccountList EventList Binding',
  'apps/v1': 'Deployment DeploymentList ReplicaSet ReplicaSetList DaemonSet DaemonSetList',
  'discovery/v1': 'EndpointSlice EndpointSliceList',
  'coordination/v1': 'Lease LeaseList',
  'networking/v1': 'NetworkPolicy NetworkPolicyList',
  'autoscaling/v1': 'Scale',
  'policy/v1': 'Eviction PodDisruptionBudget PodDisruptionBudgetList',
  'rbac/v1':
    'ClusterRole ClusterRoleBinding Role RoleBinding ' +
    'ClusterRoleList ClusterRoleBindingList RoleList RoleBindingList',
  'authentication/v1': 'SelfSubjectReview TokenRequest',
  'authorization/v1': 'SelfSubjectAccessReview SelfSubjectRulesReview',
  'batch/v1': 'Job JobList',
  'apiextensions/v1': 'CustomResourceDefinition CustomResourceDefinitionList',
  'meta/v1': 'DeleteOptions Status List',
}

const SCALARS = {
  string: 'string',
  bool: 'bool',
  int: 'int64',
  int32: 'int32',
  int64: 'int64',
  float64: 'float64',
  '[]byte': 'bytes',
  'resource/.Quantity': 'quantity',
  'intstr/.IntOrString': 'intOrString',
  'meta/v1.Time': 'time',
  'meta/v1.MicroTime': 'microtime',
  'meta/v1.Duration': 'duration',
  'meta/v1.FieldsV1': 'any',
  'runtime/.RawExtension': 'any',
  'runtime/.Object': 'any',
  // Parts of JSON schemas that may be one thing or another.
  'apiextensions/v1.JSON': 'json',
  'apiextensions/v1.JSONSchemaPropsOrBool': 'json',
  'apiextensions/v1.JSONSchemaPropsOrArray': 'json',
  'apiextensions/v1.JSONSchemaPropsOrStringArray': 'json',
}
/** Scalars that are structs in Go, which `omitempty` does not leave out. */
const STRUCT_SCALARS = new Set(['quantity', 'intOrString', 'time', 'microtime', 'duration'])

const [apiDir, machineryDir, extensionsDir] = process.argv.slice(2)
if (!apiDir || !machineryDir || !extensionsDir)
  throw new Error(
    'usage: schema-facts.mjs <dirs of k8s.io/api, k8s.io/apimachinery, k8s.io/apiextensions-apiserver>',
  )

const sourceDir = (pkg) =>
  ({
    'meta/v1': join(machineryDir, 'pkg/apis/meta/v1'),
    'resource/': join(machineryDir, 'pkg/api/resource'),
    'intstr/': join(machineryDir, 'pkg/util/intstr'),
    'runtime/': join(machineryDir, 'pkg/runtime'),
    'types/': join(machineryDir, 'pkg/types'),
    'apiextensions/v1': join(extensionsDir, 'pkg/apis/apiextensions/v1'),
  })[pkg] ?? join(apiDir, pkg)

/** "k8s.io/api/core/v1" → "core/v1"; "k8s.io/apimachinery/pkg/runtime" → "runtime/". */
function packageOf(importPath) {
  const [name = '', version = ''] = importPath.split('/').slice(-2)
  return /^v\d/.test(version) ? `${name}/${version}` : `${version}/`
}

/** Every type declared in a package: `{ body, alias, markers, imports }` by name. */
const declared = new Map()
function declarations(pkg) {
  if (declared.has(pkg)) return declared.get(pkg)
  const types = new Map()
  declared.set(pkg, types)
  const files = readdirSync(sourceDir(pkg)).filter(
    (f) => f.endsWith('.go') && !/_test\.go$|generated/.test(f),
  )
  for (const file of files) {
    const text = readFileSync(join(sourceDir(pkg), file), 'utf8')
    const imports = new Map()
    for (const [, alias, path] of text.matchAll(/^\s+(?:(\w+) )?"(k8s\.io\/[^"]+)"$/gm)) {
      const imported = packageOf(path)
      imports.set(alias ?? path.split('/').at(-1), imported)
    }
    for (const [, comment, name, rest, body = rest === 'struct{}' ? '' : undefined] of text.matchAll(
      /^((?:\/\/.*\n)*)type (\w+) (struct \{\n([\s\S]*?)^\}|.+)$/gm,
    )) {
      types.set(name, {
        markers: markersOf(comment),
        body,
        alias: body === undefined ? rest : undefined,
        imports,
      })
    }
  }
  return types
}

/** `// +listType=map` and the like; repeated keys collect. */
function markersOf(comment) {
  const markers = {}
  for (const [, key, value = ''] of comment.matchAll(/\/\/ ?\+(\w+)(?:=(.*))?$/gm)) {
    markers[key] = [...(markers[key] ?? []), value.trim()]
  }
  return markers
}

/** The facts' name for a Go type as written in `pkg`, following named types down to what they are. */
function resolveType(go, pkg, imports) {
  if (SCALARS[go]) return SCALARS[go]
  if (go.startsWith('*')) return resolveType(go.slice(1), pkg, imports)
  if (go.startsWith('[]')) return `[]${resolveType(go.slice(2), pkg, imports)}`
  const map = /^map\[\w+(?:\.\w+)?\](.+)$/.exec(go)
  if (map) return `{}${resolveType(map[1], pkg, imports)}`
  const [prefix, bare] = go.includes('.') ? go.split('.') : [undefined, go]
  const home = prefix === undefined ? pkg : imports.get(prefix)
  const name = `${home}.${bare}`
  if (SCALARS[name]) return SCALARS[name]
  const declaration = declarations(home).get(bare)
  if (!declaration) throw new Error(`${pkg}: no declaration of ${go}`)
  if (declaration.alias === undefined) return name
  return resolveType(declaration.alias.replace(/^= /, ''), home, declaration.imports)
}

/** A constant that a `default=ref(Name)` marker names. */
function constant(pkg, name) {
  for (const file of readdirSync(sourceDir(pkg)).filter((f) => f.endsWith('.go'))) {
    const found = new RegExp(`\\b${name}\\b[^=\\n]*= (".*?")`).exec(
      readFileSync(join(sourceDir(pkg), file), 'utf8'),
    )
    if (found) return found[1]
  }
  throw new Error(`${pkg}: no constant ${name}`)
}

function fieldLine(pkg, declaration, comment, goType, tags) {
  const tag = (key) => new RegExp(`${key}:"([^"]*)"`).exec(tags)?.[1]
  const [name = '', ...options] = (tag('json') ?? '').split(',')
  if (name === '-') return undefined
  const markers = markersOf(comment)
  const type = resolveType(goType, pkg, declaration.imports)
  const pointer = goType.startsWith('*')
  const structLike = STRUCT_SCALARS.has(type) || /^\w+\/.*\./.test(type)
  const omitted = options.includes('omitzero') || (options.includes('omitempty') && (pointer || !structLike))
  const inline = options.includes('inline') && name === ''
  const mayLack = 'optional' in markers || options.includes('omitempty') || options.includes('omitzero')
  const required = !inline && ('required' in markers || !mayLack)
  const fallback = markers.default?.[0]
  const [, ref] = /^ref\((\w+)\)$/.exec(fallback ?? '') ?? []
  return [
    inline ? '-' : name,
    type,
    tag('protobuf')?.split(',')[1],
    required && 'required',
    pointer && 'pointer',
    !omitted && !inline && 'keep',
    tag('patchStrategy') && `strategy=${tag('patchStrategy')}`,
    tag('patchMergeKey') && `mergeKey=${tag('patchMergeKey')}`,
    markers.listType && `list=${markers.listType[0]}`,
    markers.listMapKey && `keys=${markers.listMapKey.join(',')}`,
    markers.mapType && `map=${markers.mapType[0]}`,
    markers.structType && `struct=${markers.structType[0]}`,
    fallback !== undefined && `default=${ref ? constant(pkg, ref) : fallback}`,
  ]
    .filter(Boolean)
    .join(' ')
}

const facts = new Map()
function collect(name) {
  if (facts.has(name)) return
  const [pkg, bare] = name.split('.')
  const declaration = declarations(pkg).get(bare)
  if (declaration?.body === undefined) throw new Error(`no struct ${name}`)
  const lines = declaration.markers.structType?.[0] === 'atomic' ? ['@atomic'] : []
  facts.set(name, lines)
  const fields = declaration.body.matchAll(/((?:^\s*\/\/.*\n)*)^\t(?:(\w+)\s+)?(\S+)\s+`([^`]*)`/gm)
  for (const [, comment, , goType, tags] of fields) {
    const line = fieldLine(pkg, declaration, comment, goType, tags)
    if (line) lines.push(line)
  }
  for (const line of lines) {
    const type = line.split(' ')[1]?.replace(/^(\[\]|\{\})+/, '')
    if (type?.includes('.')) collect(type)
  }
}

for (const [pkg, kinds] of Object.entries(KINDS)) {
  for (const kind of kinds.split(' ')) collect(`${pkg}.${kind}`)
}
const sorted = Object.fromEntries([...facts].sort(([a], [b]) => (a < b ? -1 : 1)))
const file = resolve(import.meta.dirname, '../src/kube/schema/facts.json')
writeFileSync(file, `${JSON.stringify(sorted, undefined, 2)}\n`)
