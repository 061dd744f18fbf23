/** A comma that stands before a scheme parts two targets; any other belongs to a path. */
const BETWEEN_TARGETS = /,\s*(?=[a-z][a-z0-9+.-]*:)/i;

/** The targets that `EXPORT_UPLOAD_TO` names: `s3://bucket/chats, dir:/mnt/share`. */
export function targetList(text: string): readonly string[] {
  return text
    .split(BETWEEN_TARGETS)
    .map((spec) => spec.replace(/[\s,]+$/, '').trimStart())
    .filter((spec) => spec !== '');
}
