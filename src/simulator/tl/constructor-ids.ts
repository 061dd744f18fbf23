/** Constructor ids that the codec and the session handle without a schema. */
export const ConstructorId = {
  boolTrue: 0x997275b5,
  boolFalse: 0xbc799737,
  vector: 0x1cb5c415,
  gzipPacked: 0x3072cfa1,
  messageContainer: 0x73f1f8dc,
  rpcResult: 0xf35c6d01,
  uploadFile: 0x096a18d5,
  uploadCdnFile: 0xa99fca4f,
} as const;
