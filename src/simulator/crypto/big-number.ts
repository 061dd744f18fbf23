/** Big-endian bytes as a number. */
export function numberFromBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** A number as big-endian bytes, with leading zeros up to `length`. Without a length, in as few bytes as possible. */
export function bytesFromNumber(value: bigint, length = 0): Buffer {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Buffer.from(even.padStart(length * 2, '0'), 'hex');
}

/** `base ** exponent % modulus`. A 2048-bit one takes about 15 ms. */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
