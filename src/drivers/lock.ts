import { LabError } from '../base/errors.ts'
import { kernelLock } from '../base/kernel-lock.ts'

/**
 * Takes the right to bring a lab up.
 * @returns what gives the lock back.
 * @throws LabError KNET_LAB_STARTING when another process has it.
 */
export async function lockLab(name: string, run: string): Promise<() => void> {
  try {
    return await kernelLock(run)
  } catch (cause) {
    throw new LabError('KNET_LAB_STARTING', {
      message: `The lab ${name} is being started by another process just now.`,
      hint: 'Wait for it, then: knet-labs status',
      cause,
    })
  }
}
