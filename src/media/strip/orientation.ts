/**
 * An EXIF block with the orientation of a picture, and nothing else.
 *
 * @param orientation - EXIF's value: 1 to 8.
 */
export function orientationBlock(orientation: number): Buffer {
  // https://www.cipa.jp/std/documents/download_e.html?CIPA_DC-008-2024-E, 4.5 and 4.6.5.1: one field, a short number.
  const block = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  block.writeUInt16BE(orientation, 18);
  return block;
}
