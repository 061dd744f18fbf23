import type { UploadTarget } from '../../../src/upload/upload-target.js';

/** A target with some methods changed; all others are its own. */
export function changedTarget(target: UploadTarget, changes: Partial<UploadTarget>): UploadTarget {
  return new Proxy(target, {
    get: (own, key) => {
      const changed: unknown = Reflect.get(changes, key);
      if (changed !== undefined) return changed;
      const value: unknown = Reflect.get(own, key, own);
      return typeof value === 'function' ? (value.bind(own) as unknown) : value;
    },
  });
}
