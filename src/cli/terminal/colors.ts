import { randomBytes } from 'node:crypto';

import picocolors from 'picocolors';

/** Noncharacters, which no text has (https://www.unicode.org/faq/private_use.html#noncharacters). */
const [OPEN, CLOSE] = ['\uFDD0', '\uFDD1'];
const KINDS = ['red', 'green', 'yellow', 'bold'] as const;
type Kind = (typeof KINDS)[number];

/**
 * Colours that nobody else can set. A coloured text is only marked; the marks become escape sequences after everything
 * that acts was taken out of the text around them. They carry a number of this process that no stranger's text can know.
 */
export class Colors {
  readonly #key: string = randomBytes(8).toString('hex');
  readonly #isOn: boolean;
  readonly #palette = picocolors.createColors(true);

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  red = (text: string): string => this.#mark('red', text);
  green = (text: string): string => this.#mark('green', text);
  yellow = (text: string): string => this.#mark('yellow', text);
  bold = (text: string): string => this.#mark('bold', text);

  /** Puts colours in the place of marks. @param text - With nothing else in it that acts. */
  paint(text: string): string {
    if (!this.#isOn) return text;
    const marks = new RegExp(`${OPEN}${this.#key}(${KINDS.join('|')}):([^${CLOSE}]*)${CLOSE}`, 'g');
    return text.replaceAll(marks, (_mark, kind: Kind, marked: string) => this.#palette[kind](marked));
  }

  #mark(kind: Kind, text: string): string {
    return this.#isOn ? `${OPEN}${this.#key}${kind}:${text}${CLOSE}` : text;
  }
}
