/** The header of an audio frame. */
export interface AudioFrame {
  readonly sizeBytes: number;
  /** Equal for all frames of one stream: codec, sampling rate. */
  readonly signature: number;
}

/** Reads the header of a frame at an offset. Undefined where no frame begins. */
export type AudioFrameReader = (bytes: Buffer, at: number) => AudioFrame | undefined;

/** Kilobits per second by the index in the header: MPEG-1 layers I, II, III; MPEG-2 layer I, and its layers II and III. ISO/IEC 11172-3, 2.4.2.3; 13818-3. */
const BITRATES: readonly (readonly number[])[] = [
  [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const MPEG_1_RATES: readonly number[] = [44_100, 48_000, 32_000];
/** By the two version bits: MPEG-2.5, none, MPEG-2, MPEG-1. */
const RATE_DIVISORS: readonly number[] = [4, 0, 2, 1];

/** MPEG audio layers I to III. Frames with a free bit rate are not read: they do not store their length. */
export const readMpegFrame: AudioFrameReader = (bytes, at) => {
  if (at + 4 > bytes.length) return undefined;
  const head = bytes.readUInt32BE(at);
  if (head >>> 21 !== 0x7ff) return undefined;
  const [version, layer] = [(head >>> 19) & 3, 4 - ((head >>> 17) & 3)];
  const isFirst = version === 3;
  const row = isFirst ? layer - 1 : layer === 1 ? 3 : 4;
  const kilobits = BITRATES[row]?.[((head >>> 12) & 15) - 1];
  const divisor = RATE_DIVISORS[version] ?? 0;
  const rate = MPEG_1_RATES[(head >>> 10) & 3];
  if (layer === 4 || divisor === 0 || kilobits === undefined || rate === undefined) return undefined;
  const padding = (head >>> 9) & 1;
  const bitsASecond = kilobits * 1000;
  const hertz = rate / divisor;
  const sizeBytes =
    layer === 1
      ? (Math.floor((12 * bitsASecond) / hertz) + padding) * 4
      : Math.floor(((layer === 3 && !isFirst ? 72 : 144) * bitsASecond) / hertz) + padding;
  return { sizeBytes, signature: (version << 8) | (layer << 4) | ((head >>> 10) & 3) };
};

/** AAC in ADTS frames (ISO/IEC 13818-7, 6.2). */
export const readAdtsFrame: AudioFrameReader = (bytes, at) => {
  if (at + 7 > bytes.length) return undefined;
  if (bytes.readUInt16BE(at) >>> 4 !== 0xfff || ((bytes[at + 1] ?? 0) & 6) !== 0) return undefined;
  const sizeBytes = (bytes.readUInt32BE(at + 3) >>> 13) & 0x1fff;
  const rateIndex = ((bytes[at + 2] ?? 0) >>> 2) & 15;
  return sizeBytes < 7 || rateIndex > 12 ? undefined : { sizeBytes, signature: rateIndex };
};

/** Kilobits per second. ETSI TS 102 366, table 5.18. */
const AC3_BITRATES: readonly number[] = [
  32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640,
];
/** The highest `bsid` of AC-3 and of E-AC-3 (ETSI TS 102 366, annex E.1.3.1.6). */
const LAST_AC3_STREAM_ID = 10;
const LAST_EAC3_STREAM_ID = 16;

/** AC-3 and E-AC-3. */
export const readDolbyFrame: AudioFrameReader = (bytes, at) => {
  if (at + 6 > bytes.length || bytes.readUInt16BE(at) !== 0x0b77) return undefined;
  const streamId = (bytes[at + 5] ?? 0) >>> 3;
  const code = bytes[at + 4] ?? 0;
  if (streamId > LAST_EAC3_STREAM_ID) return undefined;
  if (streamId > LAST_AC3_STREAM_ID) {
    return { sizeBytes: ((bytes.readUInt16BE(at + 2) & 0x7ff) + 1) * 2, signature: 0x100 };
  }
  const kilobits = AC3_BITRATES[(code & 63) >>> 1];
  if (kilobits === undefined) return undefined;
  const sizes = [kilobits * 4, 2 * (Math.floor((320 * kilobits) / 147) + (code & 1)), kilobits * 6];
  const sizeBytes = sizes[code >>> 6];
  return sizeBytes === undefined ? undefined : { sizeBytes, signature: code >>> 6 };
};

/** Whether the bytes of a Dolby stream are E-AC-3. */
export function isEac3(bytes: Buffer): boolean {
  return readDolbyFrame(bytes, 0)?.signature === 0x100;
}

/** The consecutive frames of one stream from an offset on. */
export function* framesFrom(
  bytes: Buffer,
  at: number,
  read: AudioFrameReader,
): Generator<{ readonly at: number; readonly sizeBytes: number }, void, void> {
  const signature = read(bytes, at)?.signature;
  for (let place = at; ;) {
    const frame = read(bytes, place);
    if (frame?.signature !== signature || frame === undefined) return;
    yield { at: place, sizeBytes: frame.sizeBytes };
    place += frame.sizeBytes;
  }
}

/**
 * Finds the first run of consecutive frames that is long enough not to be a coincidence.
 *
 * @returns its offset; undefined where there is none.
 */
export function findFrames(
  bytes: Buffer,
  read: AudioFrameReader,
  options: { readonly from?: number; readonly count: number },
): number | undefined {
  for (let at = options.from ?? 0; at < bytes.length; at += 1) {
    if (read(bytes, at) === undefined) continue;
    let found = 0;
    for (const frame of framesFrom(bytes, at, read)) {
      found += frame.sizeBytes > 0 ? 1 : 0;
      if (found >= options.count) return at;
    }
  }
  return undefined;
}
