import { bigEndian } from './pieces.js';

/** ICC.1:2022, section 7: a header, then a table of tags: signature, offset and size. */
const HEAD_BYTES = 128;
const TAG_BYTES = 12;
const MOST_TAGS = 200;

/** Tags that define colors. All others describe who made the profile, when, and for which device. */
const OF_COLOURS: ReadonlySet<string> = new Set([
  ...['rXYZ', 'gXYZ', 'bXYZ', 'rTRC', 'gTRC', 'bTRC', 'kTRC', 'wtpt', 'bkpt', 'chad', 'lumi', 'chrm', 'cicp', 'gamt'],
  ...['A2B0', 'A2B1', 'A2B2', 'A2B3', 'B2A0', 'B2A1', 'B2A2', 'B2A3', 'D2B0', 'D2B1', 'D2B2', 'D2B3'],
  ...['B2D0', 'B2D1', 'B2D2', 'B2D3', 'pre0', 'pre1', 'pre2'],
]);

/** Header fields that are set to zero: program, date, platform, manufacturer, model, creator, and checksum. */
const OF_MAKER: readonly (readonly [from: number, to: number])[] = [
  [4, 8],
  [24, 36],
  [40, 44],
  [48, 56],
  [80, 100],
];

/**
 * A profile with the same colors, and without any other information.
 *
 * @returns undefined for an invalid profile.
 */
export function bareProfile(profile: Buffer): Buffer | undefined {
  if (profile.length < HEAD_BYTES + 4 || profile.toString('latin1', 36, 40) !== 'acsp') return undefined;
  const count = profile.readUInt32BE(HEAD_BYTES);
  if (count > MOST_TAGS || HEAD_BYTES + 4 + count * TAG_BYTES > profile.length) return undefined;
  const isOld = (profile[8] ?? 0) < 4;
  const tags: { readonly signature: string; readonly body: Buffer }[] = [
    { signature: 'desc', body: isOld ? oldDescription() : localised() },
    { signature: 'cprt', body: isOld ? oldText() : localised() },
  ];
  for (let at = HEAD_BYTES + 4; at < HEAD_BYTES + 4 + count * TAG_BYTES; at += TAG_BYTES) {
    const signature = profile.toString('latin1', at, at + 4);
    const [start, size] = [profile.readUInt32BE(at + 4), profile.readUInt32BE(at + 8)];
    if (!OF_COLOURS.has(signature)) continue;
    if (start + size > profile.length) return undefined;
    tags.push({ signature, body: profile.subarray(start, start + size) });
  }
  return assemble(profile.subarray(0, HEAD_BYTES), tags);
}

function assemble(head: Buffer, tags: readonly { readonly signature: string; readonly body: Buffer }[]): Buffer {
  const table: Buffer[] = [bigEndian(tags.length, 4)];
  const bodies: Buffer[] = [];
  const places = new Map<string, number>();
  let at = HEAD_BYTES + 4 + tags.length * TAG_BYTES;
  for (const { signature, body } of tags) {
    // The three color channels often share one curve.
    const key = body.toString('latin1');
    let place = places.get(key);
    if (place === undefined) {
      place = at;
      places.set(key, place);
      const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
      bodies.push(padded);
      at += padded.length;
    }
    table.push(Buffer.from(signature, 'latin1'), bigEndian(place, 4), bigEndian(body.length, 4));
  }
  const bareHead = Buffer.from(head);
  for (const [from, to] of OF_MAKER) bareHead.fill(0, from, to);
  bareHead.writeUInt32BE(at, 0);
  return Buffer.concat([bareHead, ...table, ...bodies]);
}

/** `mluc`: one empty text (ICC.1:2022, 10.15). */
function localised(): Buffer {
  const language = Buffer.from('enUS', 'latin1');
  return Buffer.concat([
    Buffer.from('mluc\0\0\0\0'),
    bigEndian(1, 4),
    bigEndian(12, 4),
    language,
    bigEndian(0, 4),
    bigEndian(28, 4),
  ]);
}

/** An empty `text` (ICC.1:2001-04, 6.5.18). */
function oldText(): Buffer {
  return Buffer.from('text\0\0\0\0\0', 'latin1');
}

/** An empty `desc`, in all three encodings (ICC.1:2001-04, 6.5.17). */
function oldDescription(): Buffer {
  return Buffer.concat([Buffer.from('desc\0\0\0\0'), bigEndian(1, 4), Buffer.alloc(1 + 8 + 3 + 67)]);
}
