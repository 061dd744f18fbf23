import { breaksOff, type ByteSource } from '../bytes/byte-source.js';
import { type Extent, HeifDirectory } from '../heif/heif-directory.js';
import { type BoxPlace, leadingBoxes } from '../bytes/iso-boxes.js';
import { bareDirectory } from './bare-heif-directory.js';
import { blankAv1Metadata, blankHevcSupplements } from './coded-units.js';
import { bareTracks } from './heif-tracks.js';
import { bigEndian, type ByteRange, type Piece } from './pieces.js';

const ZEROS = Buffer.alloc(64 * 1024);
const MOST_ITEM_BYTES = 32 * 1024 * 1024;
/** Auxiliary pictures that are part of a picture (ISO/IEC 23008-12, 6.5.8; MIAF): its alpha plane. */
const ALPHA = /:(?:auxid:1|alpha)\0/;

/**
 * A HEIC or AVIF with only its primary picture or its frames: no EXIF, no thumbnail, no depth map. All data keeps its offset, so
 * that nothing is encoded again; removed data becomes zeros.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file, or a kind that cannot be taken apart.
 */
export function* bareHeif(source: ByteSource): Generator<Piece, void, void> {
  const boxes = [...leadingBoxes(source)];
  const meta = boxes.find(({ type }) => type === 'meta');
  const moov = boxes.find(({ type }) => type === 'moov');
  const pictures = meta === undefined ? undefined : readPictures(bodyOf(source, meta));
  if (pictures === undefined && moov === undefined) throw breaksOff();
  const data = boxes.filter(({ type }) => type === 'mdat');
  const isThere = ({ at, sizeBytes }: ByteRange): boolean =>
    data.some((box) => at >= box.at + box.headBytes && at + sizeBytes <= box.at + box.headBytes + box.bodyBytes);
  if (data.length === 0 || pictures?.inFile.every(isThere) === false) throw breaksOff();
  for (const box of boxes) {
    const whole = { at: box.at, sizeBytes: box.headBytes + box.bodyBytes };
    if (box.type === 'ftyp') yield whole;
    else if (box.type === 'mdat') {
      yield { at: box.at, sizeBytes: box.headBytes };
      yield* bareData(source, box, { pictures, hasTrack: moov !== undefined });
    } else if (box === meta && pictures !== undefined) {
      yield* [{ at: box.at, sizeBytes: box.headBytes }, bareDirectory(bodyOf(source, box), pictures)];
    } else if (box === moov) {
      yield* [{ at: box.at, sizeBytes: box.headBytes }, bareTracks(bodyOf(source, box))];
    } else {
      yield* [bigEndian(whole.sizeBytes, 4), Buffer.from('free', 'latin1'), ...zeros(whole.sizeBytes - 8)];
    }
  }
}

function bodyOf(source: ByteSource, { at, headBytes, bodyBytes }: BoxPlace): Buffer {
  return Buffer.from(source.read(at + headBytes, bodyBytes));
}

interface CodedItem extends ByteRange {
  /** Size of the lengths before HEVC units; 0 for other codecs. */
  readonly lengthBytes: number;
  readonly isAv1: boolean;
}

interface Pictures {
  readonly kept: ReadonlySet<number>;
  readonly inDirectory: readonly ByteRange[];
  readonly inFile: readonly CodedItem[];
  /** Ranges of the removed items. */
  readonly dropped: readonly ByteRange[];
}

function readPictures(meta: Buffer): Pictures {
  const directory = new HeifDirectory(meta.subarray(4));
  const kept = keptItems(directory);
  const inDirectory: ByteRange[] = [];
  const inFile: CodedItem[] = [];
  const dropped: ByteRange[] = [];
  for (const [id, { isInDirectory, extents }] of directory.places) {
    const ranges = extents.map(({ offset, sizeBytes }: Extent) => ({ at: offset, sizeBytes }));
    if (!kept.has(id)) {
      if (!isInDirectory) dropped.push(...ranges);
      continue;
    }
    // Not supported: an item of unknown size, or in several extents. No encoder writes them.
    if (ranges.some(({ sizeBytes }) => sizeBytes === 0) || (ranges.length > 1 && !isInDirectory)) throw breaksOff();
    const item = directory.items.get(id);
    const configuration = item?.properties.find(({ type }) => type === 'hvcC')?.body;
    const lengthBytes = configuration === undefined ? 0 : ((configuration[21] ?? 0) & 3) + 1;
    if (isInDirectory) inDirectory.push(...ranges);
    else inFile.push(...ranges.map((range) => ({ ...range, lengthBytes, isAv1: item?.type === 'av01' })));
  }
  return { kept, inDirectory, inFile, dropped };
}

/** The primary picture, its tiles, and their alpha planes. */
function keptItems(directory: HeifDirectory): ReadonlySet<number> {
  if (directory.primaryId === undefined) throw breaksOff();
  const kept = new Set<number>();
  const keep = (id: number): void => {
    if (kept.has(id)) return;
    kept.add(id);
    for (const part of directory.references.get(`dimg ${id}`) ?? []) keep(part);
  };
  keep(directory.primaryId);
  for (const [id, { properties }] of directory.items) {
    const kind = properties.find(({ type }) => type === 'auxC')?.body.toString('latin1') ?? '';
    const of = directory.references.get(`auxl ${id}`) ?? [];
    if (ALPHA.test(kind) && of.some((master) => kept.has(master))) keep(id);
  }
  return kept;
}

interface DataOptions {
  readonly pictures: Pictures | undefined;
  /** For files whose frames are stored between the items: only known items are removed. */
  readonly hasTrack: boolean;
}

function* bareData(source: ByteSource, box: BoxPlace, options: DataOptions): Generator<Piece, void, void> {
  const { pictures, hasTrack } = options;
  const start = box.at + box.headBytes;
  const end = start + box.bodyBytes;
  const inside = <T extends ByteRange>(ranges: readonly T[]): readonly T[] =>
    ranges
      .filter(({ at, sizeBytes }) => at >= start && at + sizeBytes <= end)
      .toSorted((one, other) => one.at - other.at);
  const items = inside(pictures?.inFile ?? []);
  const blanks = hasTrack ? inside(pictures?.dropped ?? []) : [];
  let at = start;
  for (const item of [...items, ...blanks].toSorted((one, other) => one.at - other.at)) {
    if (item.at < at) {
      if (item.at + item.sizeBytes <= at) continue; // The same bytes as an earlier one.
      throw breaksOff();
    }
    yield* between(at, item.at, hasTrack);
    yield* 'isAv1' in item ? [bareItem(source, item as CodedItem)] : zeros(item.sizeBytes);
    at = item.at + item.sizeBytes;
  }
  yield* between(at, end, hasTrack);
}

function between(at: number, end: number, isKept: boolean): readonly Piece[] {
  return isKept ? [{ at, sizeBytes: end - at }] : [...zeros(end - at)];
}

function bareItem(source: ByteSource, item: CodedItem): Buffer {
  if (item.sizeBytes > MOST_ITEM_BYTES) throw breaksOff();
  const bytes = Buffer.from(source.read(item.at, item.sizeBytes));
  if (item.lengthBytes > 0) blankHevcSupplements(bytes, item.lengthBytes);
  if (item.isAv1) blankAv1Metadata(bytes);
  return bytes;
}

function* zeros(byteCount: number): Generator<Buffer, void, void> {
  for (let left = byteCount; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}
