/**
 * A TL value as plain data. `int` and `double` are numbers, `long` is a bigint, `int128`/`int256`/`bytes` are byte
 * arrays, `string` is a string, `Bool` and `flags.N?true` are booleans, vectors are arrays. Flag words are not
 * included: the codec derives them from the fields that are present.
 */
export type TlValue = string | number | bigint | boolean | Uint8Array | TlObject | readonly TlValue[] | undefined;

/**
 * An object: its constructor name in the schema (`message`, `upload.file`) and its fields by schema name (`peer_id`).
 */
export interface TlObject {
  readonly _: string;
  readonly [field: string]: TlValue;
}
