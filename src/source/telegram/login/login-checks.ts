import { Api } from 'telegram';

/** What every answer is checked for before Telegram is asked: each wrong guess there counts towards a flood wait. */
export type AnswerCheck = (answer: string) => string | undefined;

// ITU-T E.164, section 6: at most 15 digits, country code included. The shortest numbers in use have 7.
const FEWEST_PHONE_DIGITS = 7;
const MOST_PHONE_DIGITS = 15;

/** Digits with the punctuation that people write between them. */
const PHONE_FORM = /^\s*(?:\+|00)?[\d\s().\-/]+$/;

/** Checks the form of a phone number. */
export function checkPhone(answer: string): string | undefined {
  if (!PHONE_FORM.test(answer)) return `"${answer}" is no phone number. Write it with the country code, such as +49…`;
  const count = phoneDigits(answer).length;
  if (count >= FEWEST_PHONE_DIGITS && count <= MOST_PHONE_DIGITS) return undefined;
  const range = `${FEWEST_PHONE_DIGITS} to ${MOST_PHONE_DIGITS}`;
  return `"${answer}" has ${count} digits, a phone number with its country code has ${range}.`;
}

/** The digits of a phone number, without the `+` or `00` in front. */
export function phoneDigits(answer: string): string {
  return answer.trim().replace(/^00/, '').replaceAll(/\D/g, '');
}

/** How a code is read and checked, by the way it was sent (https://core.telegram.org/type/auth.SentCodeType). */
export function codeForm(type: Api.auth.TypeSentCodeType): {
  readonly check: AnswerCheck;
  readonly read: (answer: string) => string;
} {
  // Some text messages bring a word or a phrase.
  if (type instanceof Api.auth.SentCodeTypeSmsWord || type instanceof Api.auth.SentCodeTypeSmsPhrase) {
    return { check: checkFilled, read: (answer) => answer.trim() };
  }
  const length = 'length' in type ? type.length : undefined;
  return { check: (answer) => checkDigits(answer, length), read: digits };
}

/** Checks that something was typed. */
export function checkFilled(answer: string): string | undefined {
  return answer.trim() === '' ? 'Nothing was typed.' : undefined;
}

function checkDigits(answer: string, length: number | undefined): string | undefined {
  if (!/^[\d\s-]+$/.test(answer)) return `"${answer}" is no code: it has digits only.`;
  const count = digits(answer).length;
  if (length === undefined || length === 0 || count === length) return undefined;
  return `The code has ${length} digits, "${answer}" has ${count}.`;
}

function digits(text: string): string {
  return text.replaceAll(/\D/g, '');
}
