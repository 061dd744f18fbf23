import type { TlObject } from '../tl/tl-object.js';
import type { WorldHistory } from './world.js';

/** The id of any TL message. @throws {TypeError} if it has none. */
export function messageId(message: TlObject): number {
  const id = message['id'];
  if (typeof id !== 'number') throw new TypeError(`${message._} has no id`);
  return id;
}

/**
 * The messages of one chat in memory, with strictly ascending ids. Messages are replaced, never changed in place, so
 * that a cache by object identity stays valid.
 */
export class MessageList implements WorldHistory {
  readonly #messages: TlObject[] = [];
  #lastId = 0;

  get length(): number {
    return this.#messages.length;
  }

  /** The highest id that was ever in the list; 0 in a new one. Deleted ids are not reused. */
  get lastId(): number {
    return this.#lastId;
  }

  at(index: number): TlObject {
    const message = this.#messages[index];
    if (message === undefined) throw new RangeError(`index must be 0 to ${this.length - 1}, got ${index}`);
    return message;
  }

  indexOf(id: number): number {
    let low = 0;
    let high = this.#messages.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (messageId(this.at(middle)) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The message with exactly this id. */
  find(id: number): TlObject | undefined {
    const message = this.#messages[this.indexOf(id)];
    return message !== undefined && messageId(message) === id ? message : undefined;
  }

  last(): TlObject | undefined {
    return this.#messages.at(-1);
  }

  /** Adds a message at the end. @throws {RangeError} if its id is not higher than all earlier ones. */
  append(message: TlObject): void {
    const id = messageId(message);
    if (id <= this.#lastId) throw new RangeError(`the next id must be above ${this.#lastId}, got ${id}`);
    this.#lastId = id;
    this.#messages.push(message);
  }

  /** Replaces the message with the same id. @throws {RangeError} if there is none. */
  replace(message: TlObject): void {
    const id = messageId(message);
    const index = this.indexOf(id);
    if (this.find(id) === undefined) throw new RangeError(`there is no message ${id} to replace`);
    this.#messages[index] = message;
  }

  /** Deletes a message. @returns Whether it existed. */
  delete(id: number): boolean {
    if (this.find(id) === undefined) return false;
    this.#messages.splice(this.indexOf(id), 1);
    return true;
  }
}
