import { parseQuantity } from '../registry/quantity.ts'

/** A resource.Quantity ("100m", "128Mi") as a number; 0 for none and for nonsense, which the API server refuses. */
export function quantity(text: string | number | undefined): number {
  return Number(parseQuantity(text ?? '')?.nanos ?? 0n) / 1e9
}
