import { EMPTY_LINE } from '../components/edit-line.ts'
import type { Controller } from '../controller.ts'
import { contextOf, paletteBindings } from '../dispatch.ts'

/** What holds on every screen. */
export function appActions(controller: Controller) {
  const { door } = controller
  const open = () => door.lesson?.lab

  const quit = () => {
    const lab = open()
    controller.options.leave(
      lab
        ? [
            `The lab ${lab.id} goes on running, and its terminals with it.`,
            `  Back to it: knet-labs resume ${lab.id}`,
            `  End it:     knet-labs stop ${lab.id}`,
          ]
        : [],
    )
  }

  const stop = () => {
    const lab = open()
    if (!lab) {
      quit()
      return
    }
    controller.show({
      kind: 'confirm',
      title: `Stop ${lab.id}?`,
      lines: ['Its machines and terminals end. Your progress is kept.'],
      yes: 'stop it and quit',
      run: () =>
        void door
          .stop()
          .then(() =>
            controller.options.leave([
              `Stopped ${lab.id}. Progress is kept: knet-labs start ${lab.id} goes on.`,
            ]),
          ),
    })
  }

  return {
    'app.quit': quit,
    'app.stop': stop,
    'app.help': () => controller.show({ kind: 'help', context: contextOf(controller.state), scroll: 0 }),
    'app.suspend': () => controller.options.suspend(),
    'app.redraw': () => controller.options.redraw(),
    'app.labs': () => door.showLabs(),
    'app.palette': () => showPalette(controller),
  }
}

function showPalette(controller: Controller): void {
  const here = paletteBindings(controller.state)
  controller.show({
    kind: 'choose',
    title: 'All commands',
    choices: here.map(({ action, label, keys }) => ({ id: action, label, note: keys.join(' ') })),
    query: EMPTY_LINE,
    selected: 0,
    run: (id) => {
      const chosen = here.find(({ action }) => action === id)
      if (!chosen) return
      if (chosen.context === 'lesson') controller.options.store.set({ screen: 'lesson' })
      controller.act(chosen.action)
    },
  })
}
