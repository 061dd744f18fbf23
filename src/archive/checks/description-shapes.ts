import {
  amount,
  count,
  type Fields,
  flag,
  list,
  numberOf,
  orNull,
  record,
  row,
  type Shape,
  text,
  wordOf,
} from './shape.js';

/**
 * The shapes of descriptions of media, after the types of `src/chat`. Commands that process media without an archive
 * use them too.
 */

export const DERIVATIVE_KIND: Shape = wordOf('thumbnail', 'poster', 'storyboard', 'cover', 'transcode', 'stripped');

const CONTENT_KIND: Shape = record({
  kind: wordOf('image', 'video', 'audio', 'animated-sticker', 'document', 'empty', 'unknown'),
  mimeType: text,
  'extension?': text,
});

const MEDIA_FACTS: Shape = record({
  'width?': amount,
  'height?': amount,
  'rotation?': numberOf(90, 180, 270),
  'durationSeconds?': amount,
  'hasAlpha?': flag,
  'isAnimated?': flag,
  'videoCodec?': text,
  'audioCodec?': text,
  'takenAt?': text,
  'position?': record({ latitude: amount, longitude: amount }),
  'title?': text,
  'performer?': text,
  'album?': text,
});

const MEDIA_PROBLEM: Shape = record({
  work: wordOf(
    ...['facts', 'thumbnail', 'poster', 'cover', 'waveform'],
    ...['storyboard', 'transcode', 'strip', 'placeholder', 'replace'],
  ),
  reason: text,
});

export const DESCRIPTION: Fields = {
  content: CONTENT_KIND,
  facts: MEDIA_FACTS,
  'placeholder?': text,
  'waveform?': list(amount),
  problems: list(MEDIA_PROBLEM),
};

export const DESCRIPTION_DATA: Shape = record(DESCRIPTION);

export const DERIVATIVE_ROW: Shape = row({
  kind: DERIVATIVE_KIND,
  size_bytes: count,
  mime_type: text,
  width: orNull(count),
  height: orNull(count),
});
