import type { ContentKind } from '../../chat/description/content-kind.js';
import type { MediaProbe } from '../ffmpeg/ffprobe.js';
import { videoStreamOf } from './film.js';

type Named = Omit<ContentKind, 'kind'>;

/** Containers that have another name when they contain audio only. */
const WITH_SOUND_ALONE: Readonly<Record<string, Named>> = {
  'video/mp4': { mimeType: 'audio/mp4', extension: 'm4a' },
  'video/x-m4v': { mimeType: 'audio/mp4', extension: 'm4a' },
  'application/mp4': { mimeType: 'audio/mp4', extension: 'm4a' },
  'video/matroska': { mimeType: 'audio/matroska', extension: 'mka' },
  'video/webm': { mimeType: 'audio/webm', extension: 'webm' },
  'video/3gpp': { mimeType: 'audio/3gpp', extension: '3gp' },
  'video/3gpp2': { mimeType: 'audio/3gpp2', extension: '3g2' },
  'video/ogg': { mimeType: 'audio/ogg', extension: 'oga' },
  'application/ogg': { mimeType: 'audio/ogg', extension: 'oga' },
  'video/x-ms-asf': { mimeType: 'audio/x-ms-asf', extension: 'asf' },
};

const WITH_PICTURES: Readonly<Record<string, Named>> = {
  'audio/mp4': { mimeType: 'video/mp4', extension: 'mp4' },
  'audio/x-m4a': { mimeType: 'video/mp4', extension: 'mp4' },
  'audio/x-ms-asf': { mimeType: 'video/x-ms-asf', extension: 'asf' },
  'audio/ogg': { mimeType: 'video/ogg', extension: 'ogv' },
  'application/ogg': { mimeType: 'video/ogg', extension: 'ogv' },
};

/**
 * Decides by its streams whether a file is video or audio. A video has a video stream in any position; an audio file has none
 * except its cover.
 *
 * @param content - By the first bytes of the file, which identify the container.
 */
export function contentByStreams(content: ContentKind, probe: MediaProbe): ContentKind {
  const { mimeType } = content;
  if (videoStreamOf(probe) !== undefined) return { ...content, kind: 'video', ...WITH_PICTURES[mimeType] };
  const hasSound = probe.streams.some(({ codec_type: type }) => type === 'audio');
  return hasSound ? { ...content, kind: 'audio', ...WITH_SOUND_ALONE[mimeType] } : { ...content, kind: 'document' };
}
