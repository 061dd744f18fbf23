/**
 * How a store checks what it is sent. `aws`: it checks and keeps SHA-256 sums of objects and parts. `compatible`: it takes
 * `Content-MD5` and the SHA-256 in the signature, as every store does, and keeps none.
 */
export type ChecksumProfile = 'aws' | 'compatible';
