import { EMPTY_LINE } from '../components/edit-line.ts'
import type { Controller } from '../controller.ts'

/** The screen of packets: mostly moves on it. */
export function packetActions(controller: Controller) {
  const { packets } = controller

  const captureOn = (place: string) =>
    controller.show({
      kind: 'prompt',
      title: `Capture on ${place}`,
      label: 'Interface, and a filter if you like: eth0 udp port 8472',
      line: { text: 'eth0', cursor: 4 },
      run: (text) => {
        const [device = 'eth0', ...filter] = text.trim().split(/\s+/)
        controller.attempt(() => packets.begin(place, device, filter.join(' ')))
      },
    })

  const choose = async () => {
    const places = (await controller.door.lesson?.lab.places()) ?? []
    controller.show({
      kind: 'choose',
      title: 'Capture on',
      choices: places.map((place) => ({ id: place, label: place })),
      query: EMPTY_LINE,
      selected: 0,
      run: captureOn,
    })
  }

  return {
    'packets.show': () => (packets.isOpen ? packets.resume() : choose()),
    'packets.new': choose,
    'packets.up': () => packets.move('up'),
    'packets.down': () => packets.move('down'),
    'packets.pageup': () => packets.move('pageup'),
    'packets.pagedown': () => packets.move('pagedown'),
    'packets.home': () => packets.move('home'),
    'packets.end': () => packets.move('end'),
    'packets.tab': () => packets.move('tab'),
    'packets.enter': () => packets.move('enter'),
    'packets.filter': packets.filter,
    'packets.follow': packets.follow,
    'packets.save': packets.save,
    'packets.wireshark': packets.wireshark,
    'packets.stop': packets.stop,
    'packets.leave': packets.back,
  }
}
