import { synthesizeSize, type SyntheticMediaKind } from './synthetic-media.js';
import { SeededRandom, mixSeed } from './seeded-random.js';
import type { TlObject } from '../tl/tl-object.js';
import { patternedFile, sha256OfFile } from './world-file.js';
import { tlPeer } from './world-peer.js';
import type { World, WorldAccount, WorldFile, WorldHistory, WorldPeer } from './world.js';

/** The content of a synthetic chat: `text` has no media; `lively` has media in 60 % of its messages. */
export type SyntheticMix = 'text' | 'lively';

export interface SyntheticWorldOptions {
  /** Number of messages in the only chat; 0 or more. */
  readonly messageCount: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** @defaultValue 'lively' */
  readonly mix?: SyntheticMix;
  /**
   * Factor for all file sizes, so that a short run can use smaller files.
   *
   * @defaultValue 1
   */
  readonly sizeRatio?: number;
  /**
   * Proportion of the files that are on `foreignDcId`.
   *
   * @defaultValue 0
   */
  readonly foreignRatio?: number;
  /** @defaultValue 4 */
  readonly foreignDcId?: number;
}

/** One file of a synthetic world. */
export interface SyntheticFile {
  readonly messageId: number;
  readonly kind: SyntheticMediaKind;
  readonly documentOrPhotoId: bigint;
  readonly sizeBytes: number;
  /** The hash in lower-case hexadecimal. Reads the whole file. */
  readonly sha256: () => string;
}

/** A world of one account and one supergroup. Messages are generated when they are read, so they take no memory. */
export interface SyntheticWorld extends World {
  readonly account: WorldAccount & { readonly phone: string; readonly code: string };
  readonly peer: WorldPeer;
  /** The username of the supergroup, without `@`. */
  readonly username: string;
  /** In the order of messages. */
  files(): IterableIterator<SyntheticFile>;
}

const ACCOUNT = { userId: 777_001n, phone: '99966771001', code: '12345' } as const;
const CHANNEL_ID = 1_900_000_001n;
const PEER: WorldPeer = `channel:${CHANNEL_ID}`;
const USERNAME = 'synthetic_chat';
const HOME_DC_ID = 2;
const USER_COUNT = 24;
const FIRST_USER_ID = 777_001n;
/** 1 May 2024, UTC. Messages follow at intervals of one minute. */
const FIRST_DATE = 1_714_521_600;
/** A file id is the sum of this and the id of its message. */
const FILE_ID_BASE = 6_000_000_000_000_000_000n;
const MEDIA_RATIO = 0.6;

const WORDS =
  'the a we you they boat harbour wind tide morning evening coffee bread garden train code review build test photo video later again maybe never always'.split(
    ' ',
  );

/**
 * A chat for benchmarks and for tests that need many messages. Everything depends on the seed only: the n-th message
 * and its file can be made without the ones before.
 *
 * The mix is that of a lively chat: 40 % of messages have no media. Of the media, 85 % are photos of 50–400 KB, 12 %
 * are documents of 0.5–3 MB and 3 % are videos of 5–20 MB, with heavy-tailed sizes. The bytes look random and cannot be
 * decoded as pictures.
 *
 * @throws {RangeError} if a number is out of range.
 */
export function createSyntheticWorld(options: SyntheticWorldOptions): SyntheticWorld {
  const { messageCount, seed = 1, mix = 'lively', sizeRatio = 1, foreignRatio = 0, foreignDcId = 4 } = options;
  if (!Number.isSafeInteger(messageCount) || messageCount < 0 || messageCount > 0x7fff_ffff) {
    throw new RangeError(`messageCount must be 0 to 2147483647, got ${messageCount}`);
  }
  if (!(sizeRatio > 0)) throw new RangeError(`sizeRatio must be above 0, got ${sizeRatio}`);

  function mediaOf(id: number): { kind: SyntheticMediaKind; sizeBytes: number; dcId: number } | undefined {
    const random = new SeededRandom(mixSeed(seed, id));
    if (mix === 'text' || id < 1 || id > messageCount || !random.chance(MEDIA_RATIO)) return undefined;
    const { kind, sizeBytes } = synthesizeSize(random);
    const dcId = random.chance(foreignRatio) ? foreignDcId : HOME_DC_ID;
    return { kind, sizeBytes: Math.max(1, Math.round(sizeBytes * sizeRatio)), dcId };
  }

  function messageAt(index: number): TlObject {
    if (!Number.isInteger(index) || index < 0 || index >= messageCount) {
      throw new RangeError(`index must be 0 to ${messageCount - 1}, got ${index}`);
    }
    const id = index + 1;
    const random = new SeededRandom(mixSeed(seed ^ 0x7e47, id));
    const senderId = FIRST_USER_ID + BigInt(random.int(0, USER_COUNT - 1));
    const media = mediaOf(id);
    return {
      _: 'message',
      id,
      ...(senderId === ACCOUNT.userId && { out: true }),
      from_id: { _: 'peerUser', user_id: senderId },
      peer_id: tlPeer(PEER),
      date: FIRST_DATE + index * 60,
      message: Array.from({ length: random.int(3, 18) }, () => random.pick(WORDS)).join(' '),
      ...(media !== undefined && { media: tlMedia(id, { ...media, date: FIRST_DATE + index * 60 }) }),
    };
  }

  const history: WorldHistory = {
    length: messageCount,
    at: messageAt,
    indexOf: (id) => Math.min(messageCount, Math.max(0, Math.ceil(id) - 1)),
  };
  const users = new Map(Array.from({ length: USER_COUNT }, (_, index) => syntheticUser(index)));
  const chats = new Map<WorldPeer, TlObject>([[PEER, syntheticChannel(messageCount)]]);

  function messageIdOf(id: bigint): number {
    return Number(id - FILE_ID_BASE);
  }
  function file(kind: 'photo' | 'document', id: bigint, size?: string): WorldFile | undefined {
    const media = mediaOf(messageIdOf(id));
    if (media === undefined) return undefined;
    const asked = kind === 'photo' ? media.kind === 'photo' && size === 'y' : media.kind !== 'photo' && !size;
    return asked ? patternedFile(id ^ BigInt(seed), media.sizeBytes) : undefined;
  }

  return {
    account: ACCOUNT,
    accounts: [ACCOUNT],
    peer: PEER,
    username: USERNAME,
    users,
    chats,
    fullChats: new Map(),
    dialogs: (userId) => (userId === ACCOUNT.userId ? [PEER] : []),
    history: (_userId, peer) => (peer === PEER ? history : undefined),
    topics: () => [],
    file,
    object(kind, id) {
      const messageId = messageIdOf(id);
      if (mediaOf(messageId) === undefined) return undefined;
      const media = messageAt(messageId - 1)['media'] as TlObject;
      return media[kind] as TlObject | undefined;
    },
    *files() {
      for (let id = 1; id <= messageCount; id += 1) {
        const media = mediaOf(id);
        if (media === undefined) continue;
        const fileId = FILE_ID_BASE + BigInt(id);
        const { kind, sizeBytes } = media;
        const sha256 = (): string => sha256OfFile(patternedFile(fileId ^ BigInt(seed), sizeBytes));
        yield { messageId: id, kind, documentOrPhotoId: fileId, sizeBytes, sha256 };
      }
    },
  };
}

interface SyntheticMedia {
  readonly kind: SyntheticMediaKind;
  readonly sizeBytes: number;
  readonly dcId: number;
  readonly date: number;
}

function tlMedia(messageId: number, { kind, sizeBytes, dcId, date }: SyntheticMedia): TlObject {
  const id = FILE_ID_BASE + BigInt(messageId);
  const identity = { id, access_hash: id ^ 0x5bd1_e995n, file_reference: new Uint8Array(0), date, dc_id: dcId };
  if (kind === 'photo') {
    const sizes = [{ _: 'photoSize', type: 'y', w: 1280, h: 960, size: sizeBytes }];
    return { _: 'messageMediaPhoto', photo: { _: 'photo', ...identity, sizes } };
  }
  const video = kind === 'video';
  const attributes: TlObject[] = [
    ...(video ? [{ _: 'documentAttributeVideo', supports_streaming: true, duration: 30, w: 1280, h: 720 }] : []),
    { _: 'documentAttributeFilename', file_name: video ? `video_${messageId}.mp4` : `notes_${messageId}.pdf` },
  ];
  return {
    _: 'messageMediaDocument',
    ...(video && { video: true }),
    document: {
      _: 'document',
      ...identity,
      mime_type: video ? 'video/mp4' : 'application/pdf',
      size: BigInt(sizeBytes),
      attributes,
    },
  };
}

function syntheticUser(index: number): [bigint, TlObject] {
  const id = FIRST_USER_ID + BigInt(index);
  const self = id === ACCOUNT.userId;
  return [
    id,
    {
      _: 'user',
      id,
      access_hash: id * 7_919n,
      first_name: `Person ${index + 1}`,
      ...(self && { self: true, phone: ACCOUNT.phone }),
    },
  ];
}

function syntheticChannel(messageCount: number): TlObject {
  return {
    _: 'channel',
    megagroup: true,
    id: CHANNEL_ID,
    access_hash: CHANNEL_ID * 104_729n,
    title: `Synthetic chat of ${messageCount} messages`,
    username: USERNAME,
    photo: { _: 'chatPhotoEmpty' },
    date: FIRST_DATE,
    participants_count: USER_COUNT,
  };
}
