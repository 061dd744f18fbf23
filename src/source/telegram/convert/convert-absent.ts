/**
 * The fields of `T` as gramjs represents them. An optional field may also be `null` (read from the network, with its
 * flag not set) or `undefined` (the object was constructed without it).
 */
type LooseFields<T> = T extends unknown
  ? {
      readonly [K in keyof T]: Partial<Pick<T, K>> extends Pick<T, K> ? T[K] | null | undefined : T[K];
    }
  : never;

/** Makes a domain object: a copy of `fields` without those that are null or undefined. */
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

/**
 * A text as an optional field. TL represents a missing text as an empty string, so an empty string becomes undefined.
 */
export function filled(value: string | null | undefined): string | undefined {
  return value === '' ? undefined : (value ?? undefined);
}
