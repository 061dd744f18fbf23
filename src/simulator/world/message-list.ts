import type { TlObject } from '../tl/tl-object.js';
import type { WorldHistory } from './world.js';

/** The id of a TL message of any form. @throws {TypeError} when it has none. */
export function messageId(message: TlObject): number {
  const id = message['id'];
  if (typeof id !== 'number') throw new TypeError(`${message._} has no id`);
  return id;
}

/**
 * One chat's messages in memory, ids strictly ascending. Messages are never changed in place but replaced, so that who
 * keeps one (as a cache of its encoding may) keeps what it was.
 */
export class MessageList implements WorldHistory {
  readonly #messages: TlObject[] = [];
  #lastId = 0;

  get length(): number {
    return this.#messages.length;
  }

  /** The highest id that ever was in the list; 0 in a new one. Deleted ids are not given out again. */
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

  /** Puts a message at the end. @throws {RangeError} when its id is not above all that were there before. */
  append(message: TlObject): void {
    const id = messageId(message);
    if (id <= this.#lastId) throw new RangeError(`the next id must be above ${this.#lastId}, got ${id}`);
    this.#lastId = id;
    this.#messages.push(message);
  }

  /** Puts another form of a message in its place. @throws {RangeError} when there is none with its id. */
  replace(message: TlObject): void {
    const id = messageId(message);
    const index = this.indexOf(id);
    if (this.find(id) === undefined) throw new RangeError(`there is no message ${id} to replace`);
    this.#messages[index] = message;
  }

  /** @returns Whether it was there. */
  delete(id: number): boolean {
    if (this.find(id) === undefined) return false;
    this.#messages.splice(this.indexOf(id), 1);
    return true;
  }
}
