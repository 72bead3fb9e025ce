import { execFileSync } from 'node:child_process'
import { TestDockerd } from './dockerd.ts'

const PORT = 2375

/**
 * A daemon on another host, as far as networks go: a cable leads from this one to its network, and nothing leads from here to what is
 * behind that. It listens to whoever reaches it.
 */
export class FarDockerd {
  readonly dockerd = new TestDockerd([`--host=tcp://[::]:${PORT}`, '--tls=false'])
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
  readonly address6 = 'fd00:198:19::1'

  get env(): NodeJS.ProcessEnv {
    return { ...this.dockerd.env, DOCKER_HOST: this.endpoint }
  }

  async start(): Promise<void> {
    await this.dockerd.start()
    const ip = (words: string) => execFileSync('ip', words.split(' '))
    ip(`link add ${this.#link} type veth peer name cable netns ${this.dockerd.pid}`)
    ip(`addr add ${this.#range}.2/30 dev ${this.#link}`)
    ip(`addr add fd00:198:19::2/64 dev ${this.#link} nodad`)
    ip(`link set ${this.#link} up`)
    this.onHost(
      `ip addr add ${this.address}/30 dev cable; ip addr add ${this.address6}/64 dev cable nodad; ip link set cable up`,
    )
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
    try {
      execFileSync('ip', ['link', 'del', this.#link], { stdio: 'ignore' })
    } catch {
      // It went with the daemon, or was never there.
    }
    await this.dockerd.leave()
  }
}
