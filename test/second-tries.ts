import type { Reporter, TestModule } from 'vitest/node'

/** Of a message: room for a screen. */
const LINES = 60

/**
 * Names the tests that passed only when they were run once more, as `npm test` does on machines whose speed nobody knows: what it hides
 * would otherwise stay hidden. Each is a race in the test or in the program, to be found.
 */
export default class SecondTries implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const flaky = modules.flatMap((module) =>
      [...module.children.allTests()].filter((test) => test.diagnostic()?.flaky),
    )
    if (flaky.length === 0) return
    process.stdout.write(`\nPassed at the second try, ${flaky.length}:\n`)
    for (const test of flaky) {
      process.stdout.write(`  ${test.module.moduleId}: ${test.fullName}\n`)
      for (const { message } of test.result().errors ?? [])
        for (const line of message.split('\n').slice(0, LINES)) process.stdout.write(`    ${line}\n`)
    }
  }
}
