import type { TlObject } from '../../src/simulator/tl/tl-object.js';
import { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import { memoryFile, patternedFile, sha256OfFile } from '../../src/simulator/world/world-file.js';
import type { WorldFile, WorldPeer } from '../../src/simulator/world/world.js';

/** One medium that an export must bring home. */
export interface ExpectedMedia {
  readonly messageId: number;
  readonly role: 'main' | 'thumbnail';
  readonly sizeBytes: number;
  readonly sha256: string;
}

export const FERRY_USERNAME = 'ferry_crew';
export const FERRY_USER = 7001n;

/** Two parts and a little. */
const LARGE_BYTES = 1_100_003;
const SENDER: TlObject = { _: 'peerUser', user_id: 7002n };

export interface FerryWorldOptions {
  /** Text messages, with media between them. @defaultValue 160 */
  readonly textCount?: number;
  /** One message in so many carries a photo. @defaultValue 8 */
  readonly photoEvery?: number;
  /** Whether a file lies on the other data centre, which costs a key exchange in each run. @defaultValue true */
  readonly hasForeign?: boolean;
  /** A CDN data centre that has all photos and documents, too. @defaultValue none */
  readonly cdnDcId?: number;
}

/**
 * A supergroup that has what a fault may hit: several pages, gaps, files of several parts, files on both data centres,
 * one document in two messages, the same bytes under two ids, an empty file, a contact card, previews. Every call makes
 * the same one; it may be changed while clients are connected.
 */
export class FerryWorld {
  readonly world: WorldBuilder = new WorldBuilder({ seed: 21, homeDcId: 2 });
  readonly peer: WorldPeer;
  /** In the order of messages. */
  readonly expected: ExpectedMedia[] = [];
  readonly messageIds: number[] = [];
  /** On data centre 2, in three parts. */
  readonly largeId: number;
  /** On data centre 4 unless told otherwise, in three parts. */
  readonly foreignId: number;
  /** Two messages with one document. */
  readonly twinIds: readonly [number, number];
  /** A document that is in no other message. */
  readonly loneId: number;
  readonly #cdn: { readonly cdn?: { readonly dcId: number } };
  #fileSeed = 100n;

  constructor({ textCount = 160, photoEvery = 8, hasForeign = true, cdnDcId }: FerryWorldOptions = {}) {
    const { world } = this;
    this.#cdn = cdnDcId === undefined ? {} : { cdn: { dcId: cdnDcId } };
    world.addAccount({ userId: FERRY_USER, phone: '9996627001', code: '22222' });
    world.addUser(FERRY_USER, { self: true, first_name: 'Ada', phone: '9996627001' });
    world.addUser(7002n, { first_name: 'Bob', username: 'bob_ferry' });
    this.peer = world.addChannel(8001n, 'Ferry crew', { megagroup: true, username: FERRY_USERNAME });
    this.messageIds.push(
      world.postService(
        this.peer,
        { _: 'messageActionChannelCreate', title: 'Ferry crew' },
        {
          from_id: SENDER,
          date: 1_700_000_000,
        },
      ),
    );

    for (let index = 0; index < textCount / 2; index += 1) this.#postSomething(index, photoEvery);
    this.largeId = this.postDocument(patternedFile(1n, LARGE_BYTES), { name: 'chart.bin' });
    this.foreignId = this.postDocument(patternedFile(2n, LARGE_BYTES), { name: 'tides.bin', dcId: hasForeign ? 4 : 2 });
    const twin = this.addDocument(patternedFile(3n, 30_001), { name: 'timetable.pdf' });
    const firstTwinId = this.#postMedia({ _: 'messageMediaDocument', document: twin });
    this.#expect(firstTwinId, patternedFile(3n, 30_001));
    this.postDocument(patternedFile(4n, 20_001), { name: 'same bytes.bin' });
    this.postDocument(patternedFile(4n, 20_001), { name: 'same bytes, other id.bin' });
    this.postDocument(memoryFile(new Uint8Array(0)), { name: 'nothing.txt' });
    this.#postMedia({
      _: 'messageMediaContact',
      phone_number: '+4915112345678',
      first_name: 'Cleo',
      last_name: 'Pilot',
      vcard: '',
      user_id: 0n,
    });
    this.#postWithPreview();
    for (let index = textCount / 2; index < textCount; index += 1) this.#postSomething(index, photoEvery);
    const secondTwinId = this.#postMedia({ _: 'messageMediaDocument', document: twin });
    this.#expect(secondTwinId, patternedFile(3n, 30_001));
    this.twinIds = [firstTwinId, secondTwinId];
    this.loneId = this.postDocument(patternedFile(5n, 40_001), { name: 'last.bin' });
  }

  postText(text: string): number {
    const id = this.world.post(this.peer, { message: text, from_id: SENDER });
    this.messageIds.push(id);
    return id;
  }

  postPhoto(sizeBytes: number): number {
    this.#fileSeed += 1n;
    const file = patternedFile(this.#fileSeed, sizeBytes);
    const photo = this.world.addPhoto({ sizes: [{ type: 'y', width: 1280, height: 960, file }], ...this.#cdn });
    const id = this.#postMedia({ _: 'messageMediaPhoto', photo });
    this.#expect(id, file);
    return id;
  }

  postDocument(file: WorldFile, options: { readonly name: string; readonly dcId?: number }): number {
    const id = this.#postMedia({ _: 'messageMediaDocument', document: this.addDocument(file, options) });
    this.#expect(id, file);
    return id;
  }

  /** A document that no message carries yet. */
  addDocument(file: WorldFile, { name, dcId = 2 }: { readonly name: string; readonly dcId?: number }): TlObject {
    return this.world.addDocument({
      file,
      mimeType: 'application/octet-stream',
      attributes: [{ _: 'documentAttributeFilename', file_name: name }],
      dcId,
      ...this.#cdn,
    });
  }

  /** The message is deleted, with what was expected of it. */
  delete(id: number): void {
    this.world.delete(this.peer, [id]);
    this.messageIds.splice(this.messageIds.indexOf(id), 1);
    const rest = this.expected.filter(({ messageId }) => messageId !== id);
    this.expected.splice(0, Infinity, ...rest);
  }

  /** The document of a message, as TL has it. */
  documentId(messageId: number): bigint {
    const media = this.world.message(this.peer, messageId)?.['media'] as TlObject;
    return (media['document'] as TlObject)['id'] as bigint;
  }

  /** Posts a document that is known already into another message. */
  postAgain(messageId: number): number {
    const media = this.world.message(this.peer, messageId)?.['media'] as TlObject;
    const id = this.#postMedia(media);
    const known = this.expected.find((medium) => medium.messageId === messageId);
    if (known !== undefined) this.expected.push({ ...known, messageId: id });
    return id;
  }

  #postSomething(index: number, photoEvery: number): void {
    if (index % 10 === 3) this.world.skipIds(this.peer, 2);
    if (index % photoEvery === 1) this.postPhoto(9_000 + index * 211);
    else this.postText(`Message number ${index}`);
  }

  #postWithPreview(): void {
    const file = patternedFile(6n, 50_001);
    const preview = patternedFile(7n, 3_001);
    const document = this.world.addDocument({
      file,
      mimeType: 'video/mp4',
      attributes: [
        { _: 'documentAttributeVideo', supports_streaming: true, duration: 3, w: 640, h: 360 },
        { _: 'documentAttributeFilename', file_name: 'landing.mp4' },
      ],
      thumbs: [{ type: 'm', width: 320, height: 180, file: preview }],
    });
    const id = this.#postMedia({ _: 'messageMediaDocument', video: true, document });
    this.#expect(id, file);
    this.#expect(id, preview, 'thumbnail');
  }

  #postMedia(media: TlObject): number {
    const id = this.world.post(this.peer, { message: 'A medium', from_id: SENDER, media });
    this.messageIds.push(id);
    return id;
  }

  #expect(messageId: number, file: WorldFile, role: ExpectedMedia['role'] = 'main'): void {
    this.expected.push({ messageId, role, sizeBytes: file.sizeBytes, sha256: sha256OfFile(file) });
  }
}
