import type { TlObject } from '../tl/tl-object.js';
import type { Fields } from '../world/world-builder.js';
import { memoryFile } from '../world/world-file.js';
import { SONGS } from './media-library.js';
import { PEOPLE, personId } from './people.js';
import { richFromMarkup } from './rich-text.js';
import type { Cue, Stage } from './stage.js';
import { stickerMedia } from './sticker-media.js';
import type { StickerFace } from './sticker.js';

const LINE =
  /^(?<who>[a-z]+)(?: \^(?<back>\d+))?(?: \[(?<media>[^\]]+)\])?:(?: (?<text>.*?))?(?: \{(?<reactions>[^}]*)\})?$/u;

/**
 * Adds the messages of a story to a chat. Lines of a story:
 *
 * - `@ 2025-03-04 08:12` sets the time (UTC)
 * - `~ 3` skips three ids, as deleted messages do
 * - `! name` runs a cue
 * - `mira: text` is a message in the markup of {@link richFromMarkup}; `\n` is a new line
 * - `mira ^2: text` replies to the message before the last one
 * - `mira [photo harbour-1]: caption` is a message with a file; `[album …]` with several
 * - `… {❤ 3, 👍}` at the end are reactions
 *
 * A file that could not be made is omitted. Its caption is still added.
 *
 * @throws {RangeError} for an invalid line or an unknown name.
 */
export function playStory(stage: Stage, story: string, cues: Readonly<Record<string, Cue>> = {}): void {
  for (const raw of story.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    if (line.startsWith('@ ')) stage.at(line.slice(2));
    else if (line.startsWith('~ ')) stage.skip(Number(line.slice(2)));
    else if (line.startsWith('! ')) playCue(stage, cues, line.slice(2));
    else playLine(stage, line);
  }
}

function playCue(stage: Stage, cues: Readonly<Record<string, Cue>>, name: string): void {
  const cue = cues[name];
  if (cue === undefined) throw new RangeError(`the story has no cue "${name}"`);
  cue(stage);
}

function playLine(stage: Stage, line: string): void {
  const { who, back, media, text = '', reactions } = LINE.exec(line)?.groups ?? {};
  if (who === undefined) throw new RangeError(`this line of the story is invalid: "${line}"`);
  const fields: Fields = {
    ...(back !== undefined && stage.reply(stage.idBack(Number(back)))),
    ...(reactions !== undefined && { reactions: parseReactions(stage, reactions) }),
  };
  const caption = richFromMarkup(text.replaceAll('\\n', '\n'));

  if (media?.startsWith('album ') === true) {
    sayAlbum(stage, who, { keys: media.split(' ').slice(1), caption, fields });
    return;
  }
  const attached = media === undefined ? undefined : storyMedia(stage, media);
  if (attached === undefined && caption.message === '') return;
  stage.say(who, caption, { ...fields, ...(attached && { media: attached }) });
}

function sayAlbum(
  stage: Stage,
  who: string,
  album: {
    readonly keys: readonly string[];
    readonly caption: ReturnType<typeof richFromMarkup>;
    readonly fields: Fields;
  },
): void {
  const groupedId = BigInt.asUintN(62, stage.random.long());
  const media = album.keys.map((key) => storyMedia(stage, key.includes('-') ? `photo ${key}` : `video ${key}`));
  const first = stage.date;
  for (const [index, item] of media.filter((found) => found !== undefined).entries()) {
    // The parts of an album arrive together; the caption and the reactions are on the first.
    stage.say(who, index === 0 ? album.caption : '', {
      ...(index === 0 && album.fields),
      media: item,
      grouped_id: groupedId,
      date: first + 5,
    });
  }
}

/** Undefined if the clip could not be made. */
function storyMedia(stage: Stage, words: string): TlObject | undefined {
  const { attach, media } = stage;
  const [kind = '', key = ''] = words.split(' ');
  if (kind === 'photo') return attach.photo(media.picture(key));
  if (kind === 'gif') return attach.file(gif(media.gif));
  if (kind === 'sticker') return stickerMedia(stage, key as StickerFace);
  const clip = media.clip(kind === 'video' ? key : `${kind}-${key}`);
  if (clip === undefined) return undefined;
  switch (kind) {
    case 'video':
      return attach.video(clip, `${key}.mp4`);
    case 'round':
      return attach.round(clip);
    case 'voice':
      return attach.voice(clip);
    case 'loop':
      return attach.animation(clip);
    case 'song':
      return attach.song(clip, SONGS[`song-${key}`] ?? { title: '', performer: '' });
    default:
      throw new RangeError(`unknown media in the story: "${words}"`);
  }
}

function gif(bytes: Uint8Array): Parameters<Stage['attach']['file']>[0] {
  const attributes = [{ _: 'documentAttributeImageSize', w: 200, h: 200 }, { _: 'documentAttributeAnimated' }];
  return { file: memoryFile(bytes), mimeType: 'image/gif', fileName: 'rocking-boat.gif', attributes };
}

/** Reads `❤ 3, 👍` into TL `messageReactions`, with recent senders. */
function parseReactions(stage: Stage, text: string): TlObject {
  const given = text.split(',').map((part) => {
    const [emoticon = '', count = '1'] = part.trim().split(' ');
    return { reaction: { _: 'reactionEmoji', emoticon }, count: Number(count) };
  });
  const people = Object.keys(PEOPLE).slice(0, 11);
  return {
    _: 'messageReactions',
    can_see_list: true,
    results: given.map((one) => ({ _: 'reactionCount', ...one })),
    recent_reactions: given.map(({ reaction }) => ({
      _: 'messagePeerReaction',
      peer_id: { _: 'peerUser', user_id: personId(stage.random.pick(people)) },
      date: stage.date + 90,
      reaction,
    })),
  };
}
