/** A comma before a scheme separates two targets; any other comma belongs to a path. */
const BETWEEN_TARGETS = /,\s*(?=[a-z][a-z0-9+.-]*:)/i;

/** The targets that `EXPORT_UPLOAD_TO` names: `s3://bucket/chats, dir:/mnt/share`. */
export function targetList(text: string): readonly string[] {
  return text
    .split(BETWEEN_TARGETS)
    .map((spec) => spec.replace(/[\s,]+$/, '').trimStart())
    .filter((spec) => spec !== '');
}
