import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { TestDockerd } from './dockerd.ts'

const PORT = 2375

/** Whether there are addresses of IPv6 on this machine. */
export const hasIPv6 = existsSync('/proc/net/if_inet6')

const onThis = (script: string) => execFileSync('sh', ['-ec', script])

/**
 * A daemon on another host, as far as networks go: a cable leads from this one to its network, and nothing leads from here to what is
 * behind that. It listens to whoever reaches it.
 */
export class FarDockerd {
  readonly dockerd = new TestDockerd([`--host=tcp://${hasIPv6 ? '[::]' : '0.0.0.0'}:${PORT}`, '--tls=false'])
  readonly #link = `knetfar${process.pid}`
  readonly #range = `198.19.${process.pid % 256}`

  /** Of its host, on the cable. */
  get address(): string {
    return `${this.#range}.1`
  }

  /** As DOCKER_HOST has it. */
  get endpoint(): string {
    return `tcp://${this.address}:${PORT}`
  }

  /** Its host's other address. */
  readonly address6 = `fd00:198:19:${(process.pid % 65536).toString(16)}::1`

  get env(): NodeJS.ProcessEnv {
    return { ...this.dockerd.env, DOCKER_HOST: this.endpoint }
  }

  async start(): Promise<void> {
    await this.dockerd.start()
    const { pid } = this.dockerd
    onThis(`ip link add ${this.#link} type veth peer name cable netns ${pid}
ip addr add ${this.#range}.2/30 dev ${this.#link}
${hasIPv6 ? `ip addr add ${this.address6.replace(/1$/, '2')}/64 dev ${this.#link} nodad` : ''}
ip link set ${this.#link} up`)
    this.onHost(`set -e
ip addr add ${this.address}/30 dev cable
${hasIPv6 ? `ip addr add ${this.address6}/64 dev cable nodad` : ''}
ip link set cable up`)
  }

  /** Runs a script on its host, in the network there. */
  onHost(script: string): string {
    const words = [`--net=/proc/${this.dockerd.pid}/ns/net`, 'sh', '-c', script]
    return execFileSync('nsenter', words, { encoding: 'utf8' })
  }

  /** What a firewall does to one of its ports, until the function that it returns is called. */
  close(port: number): () => void {
    const rule = `-p tcp --dport ${port} -j DROP`
    this.onHost(`iptables -t raw -I PREROUTING -i cable ${rule}`)
    return () => void this.onHost(`iptables -t raw -D PREROUTING -i cable ${rule}`)
  }

  async leave(): Promise<void> {
    // It may have gone with the daemon, or never have been there.
    onThis(`ip link del ${this.#link} 2>/dev/null || true`)
    await this.dockerd.leave()
  }
}
