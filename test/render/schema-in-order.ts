import { z } from 'zod';

/** The keys of an object with the schema of each, in the order in which they may stand. */
export type Shape = Readonly<Record<string, z.ZodType>>;

/** A strict object whose keys stand in the order of `shape`; zod itself does not look at order. */
export function inOrder(shape: Shape): z.ZodType {
  const order = Object.keys(shape);
  return z
    .unknown()
    .superRefine((value, context) => {
      if (typeof value !== 'object' || value === null) return; // The strict object says so better.
      const known = Object.keys(value).filter((key) => key in shape);
      const sorted = known.toSorted((one, other) => order.indexOf(one) - order.indexOf(other));
      if (known.join() === sorted.join()) return;
      context.addIssue({ code: 'custom', message: `keys out of order: ${known.join()} for ${sorted.join()}` });
    })
    .pipe(z.strictObject(shape));
}
