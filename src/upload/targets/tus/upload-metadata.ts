/**
 * The value of an `Upload-Metadata` header: keys with their values in Base64
 * (https://tus.io/protocols/resumable-upload#upload-metadata).
 *
 * @param values - Keys are ASCII without spaces and commas.
 */
export function uploadMetadata(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value, 'utf8').toString('base64')}`)
    .join(',');
}
