import { safeJson } from '../../text/json.js';

/**
 * One document as one line of JSON, without a newline. Texts are masked one by one, so that the line stays valid JSON
 * whatever a secret looks like, and acts on no screen; bigints become texts; counts stay, even one that spells a password.
 */
export function jsonLine(document: unknown, redact: (text: string) => string): string {
  return safeJson(document, (_name, value: unknown) => {
    if (typeof value === 'string') return redact(value);
    return typeof value === 'bigint' ? String(value) : value;
  });
}
