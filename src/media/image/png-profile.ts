import { crc32, deflateSync } from 'node:zlib';

/** Length of signature and header, which come first (https://www.w3.org/TR/png-3/#5ChunkOrdering). */
const PNG_HEAD_BYTES = 33;

/** Adds an ICC color profile to a PNG. */
export function withProfile(png: Buffer, profile: Buffer): Buffer {
  // https://www.w3.org/TR/png-3/#11iCCP: a name, the compression method, the profile.
  const content = Buffer.concat([Buffer.from('iCCPprofile\0\0', 'latin1'), deflateSync(profile)]);
  const chunk = Buffer.alloc(content.length + 8);
  chunk.writeUInt32BE(content.length - 4, 0);
  content.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(content), content.length + 4);
  return Buffer.concat([png.subarray(0, PNG_HEAD_BYTES), chunk, png.subarray(PNG_HEAD_BYTES)]);
}
