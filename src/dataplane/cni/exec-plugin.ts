import type { Machine } from '../../machine/machine.ts'
import { cniArgs, type Attachment } from './attachment.ts'
import { CniError } from './cni-error.ts'
import type { PluginConf } from './conf.ts'
import type { CniResult } from './result.ts'

export const PLUGIN_DIRECTORY = '/opt/cni/bin'
const DEADLINE_MS = 60_000

export type CniCommand = 'ADD' | 'DEL' | 'CHECK'

/**
 * Runs a plugin's executable on the node: CNI specification, section "Execution protocol".
 * @throws CniError with the plugin's error object, or its output when it is none.
 */
export async function execPlugin(
  machine: Machine,
  command: CniCommand,
  conf: PluginConf,
  attachment: Attachment,
): Promise<CniResult> {
  const { exitCode, stdout, stderr } = await machine.exec([`${PLUGIN_DIRECTORY}/${conf.type}`], {
    stdin: JSON.stringify(conf),
    timeoutMs: DEADLINE_MS,
    env: {
      CNI_COMMAND: command,
      CNI_CONTAINERID: attachment.containerId,
      CNI_NETNS: attachment.netns,
      CNI_IFNAME: attachment.ifName,
      CNI_ARGS: cniArgs(attachment)
        .map((pair) => pair.join('='))
        .join(';'),
      CNI_PATH: PLUGIN_DIRECTORY,
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    },
  })
  const answer = parseJson(stdout)
  if (exitCode !== 0) throw failure(answer, exitCode, stdout, stderr)
  if (command !== 'ADD') return {}
  if (!answer) throw new CniError(`unexpected end of JSON input`, { details: stdout.trim() })
  return answer
}

/** Versions of the specification that an executable says it supports: the VERSION command. */
export async function pluginVersions(machine: Machine, type: string): Promise<readonly string[]> {
  const { stdout } = await machine.exec([`${PLUGIN_DIRECTORY}/${type}`], {
    stdin: JSON.stringify({ cniVersion: '1.0.0' }),
    timeoutMs: DEADLINE_MS,
    env: {
      CNI_COMMAND: 'VERSION',
      CNI_CONTAINERID: 'dummy',
      CNI_NETNS: 'dummy',
      CNI_IFNAME: 'dummy',
      CNI_PATH: PLUGIN_DIRECTORY,
    },
  })
  const versions = parseJson(stdout)?.['supportedVersions']
  return Array.isArray(versions) ? versions.map(String) : []
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** libcni's pluginErr (pkg/invoke/raw_exec.go). */
function failure(
  answer: Record<string, unknown> | undefined,
  exitCode: number,
  stdout: string,
  stderr: string,
): CniError {
  if (typeof answer?.['msg'] === 'string') {
    const details = typeof answer['details'] === 'string' ? answer['details'] : ''
    return new CniError(answer['msg'], { code: Number(answer['code']), details })
  }
  if (stdout.trim()) return new CniError(`netplugin failed: ${JSON.stringify(stdout)}`)
  if (stderr.trim()) return new CniError(`netplugin failed: ${JSON.stringify(stderr)}`)
  return new CniError(`netplugin failed with no error message: exit status ${exitCode}`)
}
