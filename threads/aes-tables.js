// What AES-256 deciphers with, in tables of 16 bytes, for processors and languages that look 16 bytes up at once.
//
// The only step of AES that is not linear is the inverse in GF(2^8). Mike Hamburg ("Accelerating AES with Vector Permute
// Instructions", CHES 2009) takes it apart: an element is i·z + j·(z + 1) over GF(2^4), with k = i + j and a constant a:
//
//   io = 1 / (1/i + a/k) + j        jo = 1 / (1/j + a/k) + i
//
// The inverse is then a sum of one linear function of 1/io and one of 1/jo. Each division is a table of 16, and whatever
// is linear and comes after it (the affine step of AES, the columns' products, a change of basis) goes into the last two.
//
// A byte "in halves" is i in its upper half and k in its lower one.

/** 1/0: a name that a swizzle has nothing under, so that 1/(1/0) is 0 again. Whatever is added to it, it stays so. */
const INFINITY_NAME = 0x80;
const NIBBLES = Array.from({ length: 16 }, (_, nibble) => nibble);
const BYTES = Array.from({ length: 256 }, (_, byte) => byte);

/** The field of AES (FIPS 197, 4.2), by x^8 + x^4 + x^3 + x + 1. */
const timesX = (a) => ((a << 1) ^ (a & 0x80 ? 0x11b : 0)) & 0xff;
const product = (a, b) => (b === 0 ? 0 : (b & 1 ? a : 0) ^ product(timesX(a), b >> 1));
const rotated = (byte, bits) => ((byte << bits) | (byte >> (8 - bits))) & 0xff;
const affine = (byte) => [1, 2, 3, 4].reduce((sum, bits) => sum ^ rotated(byte, bits), byte);
const AFFINE_CONSTANT = 0x63;

/** GF(2^4), by x^4 + x + 1. */
const nibbleTimesX = (a) => ((a << 1) ^ (a & 8 ? 0x13 : 0)) & 0xf;
const nibbleProduct = (a, b) => (b === 0 ? 0 : (b & 1 ? a : 0) ^ nibbleProduct(nibbleTimesX(a), b >> 1));
const nibbleInverse = NIBBLES.map((a) => NIBBLES.find((b) => nibbleProduct(a, b) === 1) ?? 0);

/** z^2 + z + NORM has no root in GF(2^4), so that z makes GF(2^8) of it: upper half · z + lower half. */
const NORM = NIBBLES.find((norm) => NIBBLES.every((z) => (nibbleProduct(z, z) ^ z ^ norm) !== 0));
const towerProduct = (a, b) => {
  const [a1, a0, b1, b0] = [a >> 4, a & 0xf, b >> 4, b & 0xf];
  const upper = nibbleProduct(a1, b1);
  const middle = nibbleProduct(a1, b0) ^ nibbleProduct(a0, b1);
  return ((upper ^ middle) << 4) | (nibbleProduct(a0, b0) ^ nibbleProduct(upper, NORM));
};
const towerPower = (a, exponent) => (exponent === 0 ? 1 : towerProduct(a, towerPower(a, exponent - 1)));

/** Where the x of AES goes: a root of its polynomial. Sums and products go along. */
const ROOT = BYTES.find((a) => a > 1 && [8, 4, 3, 1, 0].reduce((sum, n) => sum ^ towerPower(a, n), 0) === 0);
const ROOT_POWERS = Array.from({ length: 8 }, (_, exponent) => towerPower(ROOT, exponent));
const toTower = BYTES.map((byte) => ROOT_POWERS.reduce((sum, power, bit) => sum ^ (byte & (1 << bit) ? power : 0), 0));
const fromTower = inverseOf(toTower);

/** 3 is a generator: its powers are all elements but 0. */
const powers = BYTES.slice(1).reduce((list) => [...list, product(3, list.at(-1))], [1]);
const byteInverse = (byte) => (byte === 0 ? 0 : powers[255 - powers.indexOf(byte)]);
const sbox = BYTES.map((byte) => affine(byteInverse(byte)) ^ AFFINE_CONSTANT);

/** From a byte as AES has it to what its inverse is taken of, in halves; the affine step's constant is left out. */
const undoAffine = inverseOf(BYTES.map(affine));
const inHalves = BYTES.map((byte) => {
  const element = toTower[undoAffine[byte]];
  const k = element >> 4;
  return ((k ^ (element & 0xf)) << 4) | k;
});

/** What 1/io and 1/jo add to the inverse, as AES has it. */
const ofIo = nibbleInverse.map((u) => fromTower[(u << 4) | (u ^ nibbleProduct(NORM, u))]);
const ofJo = nibbleInverse.map((v) => fromTower[(v << 4) | nibbleProduct(NORM, v)]);

/** Of a byte of a column, in it and in those above it: the products of InvMixColumns. */
const COLUMN_FACTORS = [14, 11, 13, 9];
const columnProducts = COLUMN_FACTORS.map((factor) => BYTES.map((byte) => inHalves[product(factor, byte)]));

/** For each row that a byte is taken from, counted from its own: InvShiftRows, in columns of 4 bytes. */
const rowsFrom = COLUMN_FACTORS.map((_, distance) =>
  NIBBLES.map((place) => {
    const row = ((place & 3) + distance) & 3;
    return 4 * (((place >> 2) - row + 4) & 3) + row;
  }),
);

/** Tables of 16 bytes, by name. */
export const TABLES = {
  lowHalf: NIBBLES.map(() => 0xf),
  inHalvesLow: NIBBLES.map((nibble) => inHalves[nibble]),
  inHalvesHigh: NIBBLES.map((nibble) => inHalves[nibble << 4]),
  inverse: NIBBLES.map((a) => (a === 0 ? INFINITY_NAME : nibbleInverse[a])),
  aOver: NIBBLES.map((k) => (k === 0 ? INFINITY_NAME : nibbleProduct(nibbleInverse[NORM], nibbleInverse[k]))),
  ...named('columnIo', (table) => ofIo.map((byte) => table[byte])),
  ...named('columnJo', (table) => ofJo.map((byte) => table[byte])),
  ...Object.fromEntries(rowsFrom.map((places, distance) => [`rowsFrom${distance}`, places])),
  plainIo: ofIo,
  plainJo: ofJo,
  plainInHalvesIo: ofIo.map((byte) => inHalves[byte]),
  plainInHalvesJo: ofJo.map((byte) => inHalves[byte]),
};

const ROUNDS = 14;
const KEY_BYTES = 32;
const BLOCK_BYTES = 16;
/** Of {@link decipherKeys}. */
export const KEYS_BYTES = (ROUNDS + 2) * BLOCK_BYTES;

/**
 * The round keys of AES-256 in the order of deciphering: 14 in halves, the last as AES has it, and once more in halves.
 *
 * @param key 32 bytes.
 */
export function decipherKeys(key) {
  const schedule = expanded(key);
  const keys = new Uint8Array(KEYS_BYTES);
  const constant = inHalves[AFFINE_CONSTANT];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const from = (ROUNDS - round) * BLOCK_BYTES;
    for (let place = 0; place < BLOCK_BYTES; place += 1) {
      const at = round * BLOCK_BYTES + place;
      if (round === ROUNDS) {
        keys[at] = schedule[from + place];
        keys[at + BLOCK_BYTES] = inHalves[schedule[from + place]];
      } else if (round === 0) {
        keys[at] = inHalves[schedule[from + place]] ^ constant;
      } else {
        const column = place & ~3;
        keys[at] = columnProducts.reduce(
          (sum, products, distance) => sum ^ products[schedule[from + column + ((place + distance) & 3)]],
          constant,
        );
      }
    }
  }
  return keys;
}

/** FIPS 197, 5.2. */
function expanded(key) {
  const schedule = new Uint8Array((ROUNDS + 1) * BLOCK_BYTES);
  schedule.set(key);
  let roundConstant = 1;
  for (let at = KEY_BYTES; at < schedule.length; at += 4) {
    let word = schedule.slice(at - 4, at);
    if (at % KEY_BYTES === 0) {
      word = Uint8Array.of(sbox[word[1]] ^ roundConstant, sbox[word[2]], sbox[word[3]], sbox[word[0]]);
      roundConstant = timesX(roundConstant);
    } else if (at % KEY_BYTES === BLOCK_BYTES) {
      word = word.map((byte) => sbox[byte]);
    }
    for (let i = 0; i < 4; i += 1) schedule[at + i] = schedule[at + i - KEY_BYTES] ^ word[i];
  }
  return schedule;
}

/** Of a list in which each of its places is once. */
function inverseOf(permutation) {
  const places = Array.from(permutation);
  permutation.forEach((value, place) => (places[value] = place));
  return places;
}

function named(name, tableFor) {
  return Object.fromEntries(columnProducts.map((products, distance) => [`${name}${distance}`, tableFor(products)]));
}
