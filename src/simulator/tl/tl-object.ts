/**
 * A TL value as plain data. `int` and `double` are numbers, `long` is a bigint, `int128`/`int256`/`bytes` are byte
 * arrays, `string` is a string, `Bool` and `flags.N?true` are booleans, vectors are arrays. Flag words are not written
 * out: the codec derives them from the fields that are present.
 */
export type TlValue = string | number | bigint | boolean | Uint8Array | TlObject | readonly TlValue[] | undefined;

/** A constructor by its schema name (`message`, `upload.file`) with its fields in the schema's spelling (`peer_id`). */
export interface TlObject {
  readonly _: string;
  readonly [field: string]: TlValue;
}
