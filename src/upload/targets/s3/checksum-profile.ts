/**
 * How a store verifies uploads. `aws`: it verifies and stores SHA-256 checksums of objects and parts. `compatible`: it
 * verifies `Content-MD5` and the SHA-256 in the signature, as every store does, and stores no checksum.
 */
export type ChecksumProfile = 'aws' | 'compatible';
