/**
 * The fields of `T` as gramjs has them: what is optional in `T` may also be `null` (gramjs read it off the wire and the
 * flag was not set) or `undefined` (the object was constructed without it).
 */
type LooseFields<T> = T extends unknown
  ? {
      readonly [K in keyof T]: Partial<Pick<T, K>> extends Pick<T, K> ? T[K] | null | undefined : T[K];
    }
  : never;

/** An object of the domain, where an absent field is left out: `fields` without those that are null or undefined. */
export function present<T extends object>(fields: LooseFields<T>): T {
  const result: Record<string, unknown> = {};
  for (const key in fields) {
    const value: unknown = fields[key];
    if (value !== undefined && value !== null) {
      result[key] = value;
    }
  }
  return result as T;
}

/** A TL flag as an optional field: `true`, or absent. */
export function flag(value: boolean | null | undefined): true | undefined {
  return value === true ? true : undefined;
}

/** A text as an optional field: absent when it is empty, because TL has empty strings where there is nothing to say. */
export function filled(value: string | null | undefined): string | undefined {
  return value === '' ? undefined : (value ?? undefined);
}
