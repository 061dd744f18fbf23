import { SeededRandom } from '../world/seeded-random.js';
import type { TlObject } from '../tl/tl-object.js';
import type { Fields, WorldBuilder } from '../world/world-builder.js';
import type { WorldPeer } from '../world/world.js';
import type { Attachments } from './attachment.js';
import type { MediaLibrary } from './media-library.js';
import { DEMO_ACCOUNT, personId } from './people.js';
import { textFields, type RichPart } from './rich-text.js';

/** A part of a story that is more than lines. */
export type Cue = (stage: Stage) => void;

/** Gives the stage of a chat. `ownerId`: whose mailbox, when not the person's. */
export type OpenStage = (peer: WorldPeer, ownerId?: bigint) => Stage;

export interface StageOptions {
  readonly world: WorldBuilder;
  readonly media: MediaLibrary;
  readonly peer: WorldPeer;
  readonly seed: number;
  /**
   * Whose mailbox it is.
   *
   * @defaultValue the demo's person
   */
  readonly ownerId?: bigint;
  /** Shared by all stages of a world, so that files spread over the DCs evenly. */
  readonly attachments: Attachments;
  /** @defaultValue false */
  readonly smaller?: boolean;
}

/** One chat while it is being written: knows the time, who is who, and what was said last. */
export class Stage {
  readonly world: WorldBuilder;
  readonly media: MediaLibrary;
  readonly peer: WorldPeer;
  readonly attach: Attachments;
  /** Whether large files are to be left small. */
  readonly smaller: boolean;
  readonly random: SeededRandom;
  readonly #ownerId: bigint;
  readonly #said: number[] = [];
  readonly #marks = new Map<string, number>();
  #date = 0;

  constructor({ world, media, peer, seed, ownerId = DEMO_ACCOUNT.userId, attachments, smaller = false }: StageOptions) {
    this.world = world;
    this.media = media;
    this.peer = peer;
    this.attach = attachments;
    this.smaller = smaller;
    this.random = new SeededRandom(seed);
    this.#ownerId = ownerId;
  }

  /** Unix time of the last message, in seconds. */
  get date(): number {
    return this.#date;
  }

  /** Moves the clock. @param time - `2025-03-04 08:12`, UTC. @throws {RangeError} when it cannot be read or is earlier. */
  at(time: string): void {
    const date = Date.parse(`${time.replace(' ', 'T')}Z`) / 1000;
    if (!(date > this.#date)) throw new RangeError(`the clock must go forward from ${this.#date}, got "${time}"`);
    this.#date = date;
  }

  /**
   * Somebody says something.
   *
   * @param fields - Of the TL `message`, over what follows from the rest.
   * @returns The id.
   */
  say(person: string, text: RichPart, fields: Fields = {}): number {
    const fromId = personId(person);
    // In a private chat Telegram does not say who: it is the peer, or oneself when it went out.
    const from = this.peer.startsWith('user:') ? {} : { from_id: { _: 'peerUser', user_id: fromId } };
    const out = fromId === this.#ownerId ? { out: true } : {};
    return this.#post({ ...out, ...from, ...textFields(text), ...fields });
  }

  /** The channel itself says something. */
  announce(text: RichPart, fields: Fields = {}): number {
    return this.#post({ post: true, ...textFields(text), ...fields });
  }

  /** A service message: somebody did something. */
  did(person: string, action: TlObject, fields: Fields = {}): number {
    const fromId = personId(person);
    const from = this.peer.startsWith('user:') ? {} : { from_id: { _: 'peerUser', user_id: fromId } };
    const out = fromId === this.#ownerId ? { out: true } : {};
    this.#tick();
    const id = this.world.postService(this.peer, action, {
      ...out,
      ...from,
      date: this.#date,
      ...fields,
      owner: this.#ownerId,
    });
    this.#said.push(id);
    return id;
  }

  /** Messages that were deleted: nothing but a gap in the ids. */
  forget(count: number): void {
    this.world.skipIds(this.peer, count, { owner: this.#ownerId });
  }

  /** The id of what was said `back` messages ago; 1 is the last one. @throws {RangeError} when there was none. */
  idBack(back: number): number {
    const id = this.#said.at(-back);
    if (id === undefined) throw new RangeError(`nothing was said ${back} messages ago in ${this.peer}`);
    return id;
  }

  /** Remembers a message by a name, for a later part of the story. */
  mark(name: string, id: number): void {
    this.#marks.set(name, id);
  }

  /** @throws {RangeError} when nothing was remembered by this name. */
  marked(name: string): number {
    const id = this.#marks.get(name);
    if (id === undefined) throw new RangeError(`no message of ${this.peer} is remembered as "${name}"`);
    return id;
  }

  /** The fields of a message that answers another one of this chat. */
  reply(messageId: number, fields: Fields = {}): Fields {
    return { reply_to: { _: 'messageReplyHeader', reply_to_msg_id: messageId, ...fields } };
  }

  #post(fields: Fields): number {
    this.#tick();
    const id = this.world.post(this.peer, { date: this.#date, ...fields }, { owner: this.#ownerId });
    this.#said.push(id);
    return id;
  }

  /** People take their time: seconds mostly, minutes now and then. */
  #tick(): void {
    this.#date += this.random.chance(0.2) ? this.random.int(60, 900) : this.random.int(4, 58);
  }
}
