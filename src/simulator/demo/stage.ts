import { SeededRandom } from '../world/seeded-random.js';
import type { TlObject } from '../tl/tl-object.js';
import type { Fields, WorldBuilder } from '../world/world-builder.js';
import type { WorldPeer } from '../world/world.js';
import type { Attachments } from './attachment.js';
import type { MediaLibrary } from './media-library.js';
import { DEMO_ACCOUNT, personId } from './people.js';
import { textFields, type RichPart } from './rich-text.js';

/** A part of a story that needs code. */
export type Cue = (stage: Stage) => void;

/** Creates the stage of a chat. `ownerId` is the owner of the mailbox, if it is not the demo's person. */
export type OpenStage = (peer: WorldPeer, ownerId?: bigint) => Stage;

export interface StageOptions {
  readonly world: WorldBuilder;
  readonly media: MediaLibrary;
  readonly peer: WorldPeer;
  readonly seed: number;
  /**
   * The owner of the mailbox.
   *
   * @defaultValue the demo's person
   */
  readonly ownerId?: bigint;
  /** Shared by all stages of a world, so that files are distributed evenly over the data centres. */
  readonly attachments: Attachments;
  /** @defaultValue false */
  readonly smaller?: boolean;
}

/** Writes the messages of one chat. Keeps the current time and the ids of earlier messages. */
export class Stage {
  readonly world: WorldBuilder;
  readonly media: MediaLibrary;
  readonly peer: WorldPeer;
  readonly attach: Attachments;
  /** Whether large files are replaced by small ones. */
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

  /**
   * Sets the time. @param time - `2025-03-04 08:12`, UTC. @throws {RangeError} if it is invalid or not later than
   * before.
   */
  at(time: string): void {
    const date = Date.parse(`${time.replace(' ', 'T')}Z`) / 1000;
    if (!(date > this.#date))
      throw new RangeError(`the time must be valid and later than ${this.#date}, got "${time}"`);
    this.#date = date;
  }

  /**
   * Adds a message of a person.
   *
   * @param fields - Fields of the TL `message`. They replace those derived from the other arguments.
   * @returns The id.
   */
  say(person: string, text: RichPart, fields: Fields = {}): number {
    const fromId = personId(person);
    // In private chats, Telegram omits the sender: it is the peer or, for an outgoing message, the account itself.
    const from = this.peer.startsWith('user:') ? {} : { from_id: { _: 'peerUser', user_id: fromId } };
    const out = fromId === this.#ownerId ? { out: true } : {};
    return this.#post({ ...out, ...from, ...textFields(text), ...fields });
  }

  /** Adds a post of the channel itself. */
  announce(text: RichPart, fields: Fields = {}): number {
    return this.#post({ post: true, ...textFields(text), ...fields });
  }

  /** Adds a service message about an action of a person. */
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

  /** Leaves a gap in the ids, as deleted messages do. */
  skip(count: number): void {
    this.world.skipIds(this.peer, count, { owner: this.#ownerId });
  }

  /** The id of the message `back` messages ago; 1 is the last one. @throws {RangeError} if there is none. */
  idBack(back: number): number {
    const id = this.#said.at(-back);
    if (id === undefined) throw new RangeError(`there is no message ${back} messages ago in ${this.peer}`);
    return id;
  }

  /** Stores the id of a message under a name, for a later part of the story. */
  mark(name: string, id: number): void {
    this.#marks.set(name, id);
  }

  /** The id that was stored under a name. @throws {RangeError} if there is none. */
  marked(name: string): number {
    const id = this.#marks.get(name);
    if (id === undefined) throw new RangeError(`no message of ${this.peer} was marked as "${name}"`);
    return id;
  }

  /** The fields of a message that replies to another one of this chat. */
  reply(messageId: number, fields: Fields = {}): Fields {
    return { reply_to: { _: 'messageReplyHeader', reply_to_msg_id: messageId, ...fields } };
  }

  #post(fields: Fields): number {
    this.#tick();
    const id = this.world.post(this.peer, { date: this.#date, ...fields }, { owner: this.#ownerId });
    this.#said.push(id);
    return id;
  }

  /** Advances the time: usually by seconds, sometimes by minutes. */
  #tick(): void {
    this.#date += this.random.chance(0.2) ? this.random.int(60, 900) : this.random.int(4, 58);
  }
}
