import { EXIT, LabError } from '../../base/errors.ts'

/** A footloose.yaml that does not serve a lab. */
export const footlooseError = (path: string, what: string, cause?: unknown): LabError =>
  new LabError('KNET_FOOTLOOSE', {
    message: `${path} can't be used: ${what}`,
    hint: 'One that serves most labs: footloose config create --replicas 3 --networks footloose-cluster',
    exitCode: EXIT.usage,
    cause,
  })
