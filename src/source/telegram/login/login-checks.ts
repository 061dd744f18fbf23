import { Api } from 'telegram';

/**
 * Checks an answer before it is sent to Telegram, where every wrong attempt counts towards a flood wait.
 *
 * @returns what is wrong with the answer; undefined if nothing is.
 */
export type AnswerCheck = (answer: string) => string | undefined;

// At most 15 digits including the country code (ITU-T E.164, section 6). The shortest numbers in use have 7.
const MIN_PHONE_DIGITS = 7;
const MAX_PHONE_DIGITS = 15;

/** Digits, with the usual punctuation between them. */
const PHONE_FORM = /^\s*(?:\+|00)?[\d\s().\-/]+$/;

/** Checks the form of a phone number. */
export function checkPhone(answer: string): string | undefined {
  if (!PHONE_FORM.test(answer))
    return `"${answer}" is not a phone number. Write it with the country code, such as +49…`;
  const count = phoneDigits(answer).length;
  if (count >= MIN_PHONE_DIGITS && count <= MAX_PHONE_DIGITS) return undefined;
  const range = `${MIN_PHONE_DIGITS} to ${MAX_PHONE_DIGITS}`;
  return `"${answer}" has ${count} digits. A phone number with its country code has ${range}.`;
}

/** The digits of a phone number, without the `+` or `00` in front. */
export function phoneDigits(answer: string): string {
  return answer.trim().replace(/^00/, '').replaceAll(/\D/g, '');
}

/** How to check and read a code, depending on how it was sent (https://core.telegram.org/type/auth.SentCodeType). */
export function codeForm(type: Api.auth.TypeSentCodeType): {
  readonly check: AnswerCheck;
  readonly read: (answer: string) => string;
} {
  // Some text messages contain a word or a phrase instead of digits.
  if (type instanceof Api.auth.SentCodeTypeSmsWord || type instanceof Api.auth.SentCodeTypeSmsPhrase) {
    return { check: checkFilled, read: (answer) => answer.trim() };
  }
  const length = 'length' in type ? type.length : undefined;
  return { check: (answer) => checkDigits(answer, length), read: digits };
}

/** Checks that the answer is not empty. */
export function checkFilled(answer: string): string | undefined {
  return answer.trim() === '' ? 'The answer is empty.' : undefined;
}

function checkDigits(answer: string, length: number | undefined): string | undefined {
  if (!/^[\d\s-]+$/.test(answer)) return `"${answer}" is not a code. A code has digits only.`;
  const count = digits(answer).length;
  if (length === undefined || length === 0 || count === length) return undefined;
  return `The code has ${length} digits, but "${answer}" has ${count}.`;
}

function digits(text: string): string {
  return text.replaceAll(/\D/g, '');
}
