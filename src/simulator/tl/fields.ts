import type { TlObject, TlValue } from './tl-object.js';
import { isObject } from './tl-writer.js';

/** A number field; 0 if absent. */
export function intIn(object: TlObject, field: string): number {
  const value = object[field];
  return typeof value === 'number' ? value : 0;
}

/** A 64-bit field; 0 if absent. */
export function longIn(object: TlObject, field: string): bigint {
  const value = object[field];
  return typeof value === 'bigint' ? value : 0n;
}

/** A text field; empty if absent. */
export function textIn(object: TlObject, field: string): string {
  const value = object[field];
  return typeof value === 'string' ? value : '';
}

/** A byte field; empty if absent. */
export function bytesIn(object: TlObject, field: string): Buffer {
  const value = object[field];
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.alloc(0);
}

/** An object field; `{ _: '' }`, which has no type, if absent. */
export function objectIn(object: TlObject, field: string): TlObject {
  const value = object[field];
  return isObject(value) ? value : { _: '' };
}

/** A vector field; empty if absent. */
export function listIn(object: TlObject, field: string): readonly TlValue[] {
  const value = object[field];
  return Array.isArray(value) ? (value as readonly TlValue[]) : [];
}

/** The objects of a vector field. */
export function objectsIn(object: TlObject, field: string): readonly TlObject[] {
  return listIn(object, field).filter(isObject);
}

/** The 64-bit numbers of a vector field. */
export function longsIn(object: TlObject, field: string): readonly bigint[] {
  return listIn(object, field).filter((value) => typeof value === 'bigint');
}
