import { createHash } from 'node:crypto';

import type { TlObject, TlValue } from '../tl/tl-object.js';
import type { World, WorldPeer } from './world.js';
import { sha256OfFile } from './world-file.js';
import { messageId } from './message-list.js';

/** A file that a complete export must contain. */
export interface ExpectedMedia {
  readonly messageId: number;
  /** The kind, with the names that the program uses. */
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
  /** Id of the TL `photo` or `document`; undefined for a contact card. */
  readonly id?: bigint;
  readonly fileName?: string;
  readonly mimeType?: string;
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * What a complete export of one chat must contain. A group that became a supergroup is a separate chat here, with its
 * own ids; an export joins the two.
 */
export interface ExpectedChat {
  readonly peer: WorldPeer;
  /** In ascending order, without those of `messageEmpty`. */
  readonly messageIds: readonly number[];
  /** In the order of messages. The order within one message is unspecified. */
  readonly media: readonly ExpectedMedia[];
}

/**
 * Computes what a complete export of a world must contain for an account: a test oracle that shares no code with the
 * export. Unavailable media (self-destructed, not bought) are not included.
 */
export function expectationsOf(world: World, userId: bigint): readonly ExpectedChat[] {
  return world.dialogs(userId).map((peer) => {
    const messageIds: number[] = [];
    const media: ExpectedMedia[] = [];
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
  readonly role: ExpectedMedia['role'];
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

function expect(world: World, id: number, { role, object: media }: Found): ExpectedMedia[] {
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
  // Exports have thumbnails of a message's main document only.
  const thumb = role === 'main' ? largest(media['thumbs']) : undefined;
  if (thumb === undefined) return [main];
  return [main, expectFile(world, { messageId: id, kind: 'thumbnail', role: 'thumbnail', id: mediaId }, thumb)];
}

type Identified = Omit<ExpectedMedia, 'sizeBytes' | 'sha256'> & { readonly id: bigint };

function expectFile(world: World, what: Identified, size?: string): ExpectedMedia {
  const file = world.file(what.kind === 'photo' ? 'photo' : 'document', what.id, size);
  if (file === undefined)
    throw new RangeError(`message ${what.messageId} refers to a file that does not exist: ${what.id}`);
  return { ...what, sizeBytes: file.sizeBytes, sha256: sha256OfFile(file) };
}

/** A contact card from Telegram is kept unchanged. One that the export has to make has no expected bytes. */
function expectCard(id: number, vcard: string): ExpectedMedia[] {
  if (vcard === '') return [];
  const bytes = Buffer.from(vcard);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return [{ messageId: id, kind: 'contact-card', role: 'main', sizeBytes: bytes.length, sha256 }];
}

/** The letter of the largest size that has its own file. */
function largest(sizes: TlValue): string | undefined {
  const real = ((sizes ?? []) as readonly TlObject[]).filter(
    ({ _ }) => _ === 'photoSize' || _ === 'photoSizeProgressive',
  );
  return real.toSorted((left, right) => sizeOf(right) - sizeOf(left))[0]?.['type'] as string | undefined;
}

function sizeOf(size: TlObject): number {
  return (size['size'] as number | undefined) ?? Math.max(...(size['sizes'] as readonly number[]));
}

function kindOf(attributes: readonly TlObject[]): ExpectedMedia['kind'] {
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
