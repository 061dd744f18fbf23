import { createHash } from 'node:crypto';

import type { TlObject, TlValue } from '../tl/tl-object.js';
import type { World, WorldPeer } from './world.js';
import { sha256OfFile } from './world-file.js';
import { messageId } from './message-list.js';

/** A medium that a complete export has to bring. */
export interface ExpectedMedium {
  readonly messageId: number;
  /** The words that the program uses for them. */
  readonly kind:
    | 'photo'
    | 'video'
    | 'round-video'
    | 'voice'
    | 'audio'
    | 'animation'
    | 'sticker'
    | 'document'
    | 'thumbnail'
    | 'contact-card';
  readonly role: 'main' | 'thumbnail' | 'web-page' | 'paid' | 'chat-photo' | 'cover';
  /** Of the TL `photo` or `document`; undefined for a contact's card. */
  readonly id?: bigint;
  readonly fileName?: string;
  readonly mimeType?: string;
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * What a complete export of one chat has to find. A group that became a supergroup is a chat of its own here, with its
 * own ids; an export joins the two.
 */
export interface ExpectedChat {
  readonly peer: WorldPeer;
  /** Ascending, without those of `messageEmpty`. */
  readonly messageIds: readonly number[];
  /** In the order of messages; those of one message in no order that matters. */
  readonly media: readonly ExpectedMedium[];
}

/**
 * Reads a world as an account sees it, and says what must come out of it: an oracle that shares no code with the export.
 * Media that cannot be had (self-destructed, not paid for) are not in it.
 */
export function expectationsOf(world: World, userId: bigint): readonly ExpectedChat[] {
  return world.dialogs(userId).map((peer) => {
    const messageIds: number[] = [];
    const media: ExpectedMedium[] = [];
    const history = world.history(userId, peer);
    for (let index = 0; index < (history?.length ?? 0); index += 1) {
      const message = history?.at(index);
      if (message === undefined || message._ === 'messageEmpty') continue;
      messageIds.push(messageId(message));
      const found = [...mediaOf(message['media']), ...actionMedia(message['action'])];
      media.push(...found.flatMap((one) => expect(world, messageId(message), one)));
    }
    return { peer, messageIds, media };
  });
}

interface Found {
  readonly role: ExpectedMedium['role'];
  readonly object: TlObject;
}

function* mediaOf(value: TlValue): Generator<Found> {
  const media = object(value);
  switch (media?._) {
    case 'messageMediaPhoto':
      yield* found('main', media['photo']);
      break;
    case 'messageMediaDocument':
      yield* found('main', media['document']);
      yield* found('cover', media['video_cover']);
      break;
    case 'messageMediaWebPage':
      yield* found('web-page', object(media['webpage'])?.['photo']);
      yield* found('web-page', object(media['webpage'])?.['document']);
      break;
    case 'messageMediaPaidMedia':
      for (const extended of media['extended_media'] as readonly TlObject[]) {
        for (const { object: paid } of mediaOf(extended['media'])) yield { role: 'paid', object: paid };
      }
      break;
    case 'messageMediaContact':
      yield { role: 'main', object: media };
      break;
    default:
      break;
  }
}

function* actionMedia(value: TlValue): Generator<Found> {
  yield* found('chat-photo', object(value)?.['photo']);
}

function* found(role: Found['role'], value: TlValue): Generator<Found> {
  const media = object(value);
  if (media !== undefined && (media._ === 'photo' || media._ === 'document')) yield { role, object: media };
}

function expect(world: World, id: number, { role, object: media }: Found): ExpectedMedium[] {
  if (media._ === 'messageMediaContact') return expectCard(id, media['vcard'] as string);
  const mediaId = media['id'] as bigint;
  if (media._ === 'photo') {
    const size = largest(media['sizes']);
    return size === undefined ? [] : [expectFile(world, { messageId: id, kind: 'photo', role, id: mediaId }, size)];
  }

  const attributes = media['attributes'] as readonly TlObject[];
  const fileName = attributes.find(({ _ }) => _ === 'documentAttributeFilename')?.['file_name'] as string | undefined;
  const what = { messageId: id, kind: kindOf(attributes), role, id: mediaId, mimeType: media['mime_type'] as string };
  const main = expectFile(world, { ...what, ...(fileName !== undefined && { fileName }) });
  // Previews are kept with a message's own document only.
  const thumb = role === 'main' ? largest(media['thumbs']) : undefined;
  if (thumb === undefined) return [main];
  return [main, expectFile(world, { messageId: id, kind: 'thumbnail', role: 'thumbnail', id: mediaId }, thumb)];
}

type Identified = Omit<ExpectedMedium, 'sizeBytes' | 'sha256'> & { readonly id: bigint };

function expectFile(world: World, what: Identified, size?: string): ExpectedMedium {
  const file = world.file(what.kind === 'photo' ? 'photo' : 'document', what.id, size);
  if (file === undefined) throw new RangeError(`message ${what.messageId} names a file that is not there: ${what.id}`);
  return { ...what, sizeBytes: file.sizeBytes, sha256: sha256OfFile(file) };
}

/** A card that Telegram sends along is kept as it is; one that has to be made has no expected bytes. */
function expectCard(id: number, vcard: string): ExpectedMedium[] {
  if (vcard === '') return [];
  const bytes = Buffer.from(vcard);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return [{ messageId: id, kind: 'contact-card', role: 'main', sizeBytes: bytes.length, sha256 }];
}

/** The letter of the largest size that has a file of its own. */
function largest(sizes: TlValue): string | undefined {
  const real = ((sizes ?? []) as readonly TlObject[]).filter(
    ({ _ }) => _ === 'photoSize' || _ === 'photoSizeProgressive',
  );
  return real.toSorted((left, right) => sizeOf(right) - sizeOf(left))[0]?.['type'] as string | undefined;
}

function sizeOf(size: TlObject): number {
  return (size['size'] as number | undefined) ?? Math.max(...(size['sizes'] as readonly number[]));
}

function kindOf(attributes: readonly TlObject[]): ExpectedMedium['kind'] {
  const attribute = (name: string): TlObject | undefined =>
    attributes.find(({ _ }) => _ === `documentAttribute${name}`);
  if (attribute('Sticker') !== undefined) return 'sticker';
  if (attribute('Video')?.['round_message'] === true) return 'round-video';
  if (attribute('Audio')?.['voice'] === true) return 'voice';
  if (attribute('Animated') !== undefined) return 'animation';
  if (attribute('Video') !== undefined) return 'video';
  if (attribute('Audio') !== undefined) return 'audio';
  return 'document';
}

function object(value: TlValue): TlObject | undefined {
  return typeof value === 'object' && '_' in value ? value : undefined;
}
