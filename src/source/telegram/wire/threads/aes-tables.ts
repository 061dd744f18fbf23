/**
 * AES-256 decryption in tables of 16 bytes, for machines that look up 16 bytes with one instruction.
 *
 * The only step of AES that is not linear is the inverse in GF(2^8). Mike Hamburg ("Accelerating AES with Vector Permute
 * Instructions", CHES 2009) splits it: an element is i·z + j·(z + 1) over GF(2^4), with k = i + j and a constant a:
 *
 *   io = 1 / (1/i + a/k) + j        jo = 1 / (1/j + a/k) + i
 *
 * The inverse is then the sum of a linear function of 1/io and one of 1/jo. Each division is a table of 16 bytes. The linear
 * steps that follow (the affine step of AES, the products of the columns, a change of basis) are part of the last two tables.
 *
 * A byte "in halves" is i in its upper half and k in its lower half.
 */

/** Values by a number from 0 on. */
type Table = readonly number[];

/** Stands for 1/0: the swizzle gives 0 for it, so that 1/(1/0) is 0 again. That holds for every sum with it, too. */
const INFINITY_INDEX = 0x80;
const NIBBLES: Table = Array.from({ length: 16 }, (_, nibble) => nibble);
const BYTES: Table = Array.from({ length: 256 }, (_, byte) => byte);

/** The field of AES (FIPS 197, 4.2), modulo x^8 + x^4 + x^3 + x + 1. */
const timesX = (a: number): number => ((a << 1) ^ (a & 0x80 ? 0x11b : 0)) & 0xff;
const product = (a: number, b: number): number => (b === 0 ? 0 : (b & 1 ? a : 0) ^ product(timesX(a), b >> 1));
const rotated = (byte: number, bits: number): number => ((byte << bits) | (byte >> (8 - bits))) & 0xff;
const affine = (byte: number): number => [1, 2, 3, 4].reduce((sum, bits) => sum ^ rotated(byte, bits), byte);
const AFFINE_CONSTANT = 0x63;

/** GF(2^4), modulo x^4 + x + 1. */
const nibbleTimesX = (a: number): number => ((a << 1) ^ (a & 8 ? 0x13 : 0)) & 0xf;
const nibbleProduct = (a: number, b: number): number =>
  b === 0 ? 0 : (b & 1 ? a : 0) ^ nibbleProduct(nibbleTimesX(a), b >> 1);
const nibbleInverse: Table = NIBBLES.map((a) => NIBBLES.find((b) => nibbleProduct(a, b) === 1) ?? 0);

/** z^2 + z + NORM has no root in GF(2^4), so it makes GF(2^8) of it: upper half · z + lower half. */
const NORM = first(NIBBLES, (norm) => NIBBLES.every((z) => (nibbleProduct(z, z) ^ z ^ norm) !== 0));
const towerProduct = (a: number, b: number): number => {
  const [a1, a0, b1, b0] = [a >> 4, a & 0xf, b >> 4, b & 0xf];
  const upper = nibbleProduct(a1, b1);
  const middle = nibbleProduct(a1, b0) ^ nibbleProduct(a0, b1);
  return ((upper ^ middle) << 4) | (nibbleProduct(a0, b0) ^ nibbleProduct(upper, NORM));
};
const towerPower = (a: number, exponent: number): number =>
  exponent === 0 ? 1 : towerProduct(a, towerPower(a, exponent - 1));

/** The image of AES's x: a root of its polynomial. Sums and products carry over. */
const ROOT = first(BYTES, (a) => a > 1 && [8, 4, 3, 1, 0].reduce((sum, n) => sum ^ towerPower(a, n), 0) === 0);
const ROOT_POWERS: Table = Array.from({ length: 8 }, (_, exponent) => towerPower(ROOT, exponent));
const toTower: Table = BYTES.map((byte) =>
  ROOT_POWERS.reduce((sum, power, bit) => sum ^ (byte & (1 << bit) ? power : 0), 0),
);
const fromTower = inverseOf(toTower);

/** 3 is a generator: its powers are all elements but 0. */
const powers: Table = BYTES.slice(1).reduce<number[]>((list) => [...list, product(3, list.at(-1) ?? 0)], [1]);
const byteInverse = (byte: number): number => (byte === 0 ? 0 : at(powers, 255 - powers.indexOf(byte)));
const sbox: Table = BYTES.map((byte) => affine(byteInverse(byte)) ^ AFFINE_CONSTANT);

/** From a byte of AES to the value that is inverted, in halves. Leaves out the constant of the affine step. */
const undoAffine = inverseOf(BYTES.map(affine));
const inHalves: Table = BYTES.map((byte) => {
  const element = at(toTower, at(undoAffine, byte));
  const k = element >> 4;
  return ((k ^ (element & 0xf)) << 4) | k;
});

/** What 1/io and 1/jo add to the inverse, as bytes of AES. */
const ofIo: Table = nibbleInverse.map((u) => at(fromTower, (u << 4) | (u ^ nibbleProduct(NORM, u))));
const ofJo: Table = nibbleInverse.map((v) => at(fromTower, (v << 4) | nibbleProduct(NORM, v)));

/** The products of InvMixColumns, for a byte in its own row of the column and in the rows above it. */
const COLUMN_FACTORS: Table = [14, 11, 13, 9];
const columnProducts: readonly Table[] = COLUMN_FACTORS.map((factor) =>
  BYTES.map((byte) => at(inHalves, product(factor, byte))),
);

/** InvShiftRows in columns of 4 bytes, for each row that a byte is taken from, counted from its own. */
const rowsFrom: readonly Table[] = COLUMN_FACTORS.map((_, distance) =>
  NIBBLES.map((place) => {
    const row = ((place & 3) + distance) & 3;
    return 4 * (((place >> 2) - row + 4) & 3) + row;
  }),
);

/** Tables of 16 bytes, by name. */
export const TABLES: ReadonlyMap<string, Table> = new Map([
  ['lowHalf', NIBBLES.map(() => 0xf)],
  ['inHalvesLow', NIBBLES.map((nibble) => at(inHalves, nibble))],
  ['inHalvesHigh', NIBBLES.map((nibble) => at(inHalves, nibble << 4))],
  ['inverse', NIBBLES.map((a) => (a === 0 ? INFINITY_INDEX : at(nibbleInverse, a)))],
  [
    'aOver',
    NIBBLES.map((k) => (k === 0 ? INFINITY_INDEX : nibbleProduct(at(nibbleInverse, NORM), at(nibbleInverse, k)))),
  ],
  ...byRow('columnIo', (products) => ofIo.map((byte) => at(products, byte))),
  ...byRow('columnJo', (products) => ofJo.map((byte) => at(products, byte))),
  ...rowsFrom.map((places, distance): [string, Table] => [`rowsFrom${distance}`, places]),
  ['plainIo', ofIo],
  ['plainJo', ofJo],
  ['plainInHalvesIo', ofIo.map((byte) => at(inHalves, byte))],
  ['plainInHalvesJo', ofJo.map((byte) => at(inHalves, byte))],
]);

const ROUNDS = 14;
const KEY_BYTES = 32;
const BLOCK_BYTES = 16;
/** Of {@link decipherKeys}. */
export const KEYS_BYTES: number = (ROUNDS + 2) * BLOCK_BYTES;

/**
 * The round keys of AES-256 in the order of decryption: 14 in halves, then the last one as AES has it and in halves.
 *
 * @param key - 32 bytes.
 */
export function decipherKeys(key: Uint8Array): Uint8Array {
  const schedule = expanded(key);
  const keys = new Uint8Array(KEYS_BYTES);
  const constant = at(inHalves, AFFINE_CONSTANT);
  for (let round = 0; round <= ROUNDS; round += 1) {
    const from = (ROUNDS - round) * BLOCK_BYTES;
    for (let place = 0; place < BLOCK_BYTES; place += 1) {
      const to = round * BLOCK_BYTES + place;
      const byte = at(schedule, from + place);
      if (round === ROUNDS) {
        keys[to] = byte;
        keys[to + BLOCK_BYTES] = at(inHalves, byte);
      } else if (round === 0) {
        keys[to] = at(inHalves, byte) ^ constant;
      } else {
        const column = place & ~3;
        keys[to] = columnProducts.reduce(
          (sum, products, distance) => sum ^ at(products, at(schedule, from + column + ((place + distance) & 3))),
          constant,
        );
      }
    }
  }
  return keys;
}

/** FIPS 197, 5.2. */
function expanded(key: Uint8Array): Uint8Array {
  const schedule = new Uint8Array((ROUNDS + 1) * BLOCK_BYTES);
  schedule.set(key);
  let roundConstant = 1;
  for (let place = KEY_BYTES; place < schedule.length; place += 4) {
    let word: Table = [...schedule.subarray(place - 4, place)];
    if (place % KEY_BYTES === 0) {
      word = [1, 2, 3, 0].map((index) => at(sbox, at(word, index)));
      word = word.map((byte, index) => (index === 0 ? byte ^ roundConstant : byte));
      roundConstant = timesX(roundConstant);
    } else if (place % KEY_BYTES === BLOCK_BYTES) {
      word = word.map((byte) => at(sbox, byte));
    }
    for (const [index, byte] of word.entries()) {
      schedule[place + index] = at(schedule, place + index - KEY_BYTES) ^ byte;
    }
  }
  return schedule;
}

/** @param permutation - Has each of its indexes once. */
function inverseOf(permutation: Table): Table {
  const places = Array.from(permutation);
  for (const [place, value] of permutation.entries()) places[value] = place;
  return places;
}

function byRow(name: string, tableFor: (products: Table) => Table): [string, Table][] {
  return columnProducts.map((products, distance) => [`${name}${distance}`, tableFor(products)]);
}

function at(table: ArrayLike<number>, index: number): number {
  const value = table[index];
  if (value === undefined) throw new RangeError(`A table of ${table.length} values has none at ${index}.`);
  return value;
}

function first(numbers: Table, test: (number: number) => boolean): number {
  const found = numbers.find(test);
  if (found === undefined) throw new RangeError('No number has the property.');
  return found;
}
