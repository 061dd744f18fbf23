import { findFfmpeg, type FfmpegBinaries } from '../../media/ffmpeg/ffmpeg-binaries.js';
import { Attachments } from './attachment.js';
import { addMainChat, playMainChat } from './main-chat.js';
import { createMediaLibrary } from './media-library.js';
import { addPeople, DEMO_ACCOUNT, DEMO_BOT_ACCOUNT } from './people.js';
import { addSideChats } from './side-chats.js';
import { Stage } from './stage.js';
import { expectationsOf, type ExpectedChat } from '../world/expectation.js';
import { WorldBuilder } from '../world/world-builder.js';
import type { WorldAccount, WorldPeer } from '../world/world.js';

export interface DemoWorldOptions {
  /** @defaultValue 1 */
  readonly seed?: number;
  /** The setting FFMPEG_PATH. */
  readonly ffmpegPath?: string | undefined;
  /** The setting FFPROBE_PATH. */
  readonly ffprobePath?: string | undefined;
  /** Does not use ffmpeg, even if it is installed. @defaultValue false */
  readonly withoutFfmpeg?: boolean;
  /**
   * Makes pictures of half the size and no large file, for tests that do not need large files.
   *
   * @defaultValue false
   */
  readonly smaller?: boolean;
  readonly signal?: AbortSignal;
}

/** A world with every kind of chat, message and file. */
export interface DemoWorld {
  /** May be changed while it is served. */
  readonly world: WorldBuilder;
  /** The person to log in as. */
  readonly account: Required<Omit<WorldAccount, 'botToken'>>;
  readonly botToken: string;
  /** The chat that has every kind of message and file, `@harbour_crew`. */
  readonly mainChat: WorldPeer;
  readonly hasFfmpeg: boolean;
  /** Sentences for people: what is missing and why. */
  readonly notes: readonly string[];
  /** What a complete export of the person's chats must contain, computed from the current state of the world. */
  expectations(): readonly ExpectedChat[];
}

/**
 * Makes the demo world: a dozen people, their chats over some months, and the media in them, which are rendered by
 * sharp and, if available, ffmpeg. On the same machine, the same seed makes the same world.
 *
 * @throws {ChatferryError} `MISSING_PROGRAM` if `ffmpegPath` or `ffprobePath` names a program that does not run.
 */
export async function createDemoWorld(options: DemoWorldOptions = {}): Promise<DemoWorld> {
  const { seed = 1, ffmpegPath, ffprobePath, withoutFfmpeg = false, smaller = false, signal } = options;
  let ffmpeg: FfmpegBinaries | undefined;
  if (!withoutFfmpeg) ffmpeg = await findFfmpeg({ ffmpegPath, ffprobePath, ...(signal && { signal }) });
  const media = await createMediaLibrary({ seed, ffmpeg, smaller, ...(signal && { signal }) });

  const world = new WorldBuilder({ seed });
  world.addAccount(DEMO_ACCOUNT);
  world.addAccount(DEMO_BOT_ACCOUNT);
  addPeople(world);
  const attachments = new Attachments(world);
  const mainChat = addMainChat(world);
  playMainChat(new Stage({ world, media, peer: mainChat, seed: seed + 100, attachments, smaller }));
  addSideChats({ world, media, seed: seed + 200, attachments, smaller });

  return {
    world,
    account: DEMO_ACCOUNT,
    botToken: DEMO_BOT_ACCOUNT.botToken,
    mainChat,
    hasFfmpeg: ffmpeg !== undefined,
    notes: media.notes,
    expectations: () => expectationsOf(world, DEMO_ACCOUNT.userId),
  };
}
