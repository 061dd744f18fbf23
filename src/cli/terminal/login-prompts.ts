import type { Readable, Writable } from 'node:stream';

import { ChatferryError } from '../../errors/chatferry-error.js';
import type { LoginPrompts } from '../../source/telegram/login.js';
import { printableLine } from './printable.js';

/** An answer that was given beforehand: it is used once, and asked for when it proves wrong. */
export interface PreparedAnswers {
  readonly phone?: string | undefined;
  readonly code?: string | undefined;
  readonly password?: string | undefined;
}

export interface TerminalPromptsOptions {
  readonly input: Readable;
  /** stderr, so that stdout has data only. */
  readonly output: Writable;
  /** Whether there is a person to ask. */
  readonly interactive: boolean;
  readonly prepared: PreparedAnswers;
  /** Told every password that was typed, so that it is masked from then on. */
  readonly onSecret: (secret: string) => void;
  readonly signal: AbortSignal;
}

type Question = keyof PreparedAnswers;

interface Circumstances {
  readonly detail: string;
  readonly problem: string | undefined;
}

const QUESTIONS: Readonly<Record<Question, { readonly ask: string; readonly remedy: string }>> = {
  phone: { ask: 'Phone number, in international form', remedy: 'set TELEGRAM_PHONE or --phone' },
  code: { ask: 'Code that Telegram sent', remedy: 'give --code' },
  password: { ask: 'Password of two-step verification', remedy: 'set TELEGRAM_PASSWORD' },
};

/**
 * Asks for what a login needs: prepared answers first, then the person at the terminal.
 *
 * Every method rejects with a {@link ChatferryError}: `LOGIN_REQUIRED` when there is nobody to ask, naming the variable
 * or option that would have answered; `INTERRUPTED` when the person leaves the prompt.
 */
export class TerminalPrompts implements LoginPrompts {
  readonly #options: TerminalPromptsOptions;
  readonly #used = new Set<Question>();

  constructor(options: TerminalPromptsOptions) {
    this.#options = options;
  }

  phone(problem: string | undefined): Promise<string> {
    return this.#answer('phone', { detail: '', problem });
  }

  code(sentTo: string, problem: string | undefined): Promise<string> {
    return this.#answer('code', { detail: sentTo, problem });
  }

  password(hint: string, problem: string | undefined): Promise<string> {
    return this.#answer('password', { detail: hint, problem });
  }

  async #answer(question: Question, { detail, problem }: Circumstances): Promise<string> {
    const prepared = this.#options.prepared[question];
    if (prepared !== undefined && !this.#used.has(question)) {
      this.#used.add(question);
      return prepared;
    }
    if (!this.#options.interactive) throw nobodyToAsk(question, problem);
    const { ask } = QUESTIONS[question];
    const message = printableLine(`${problem === undefined ? '' : `${problem} `}${ask}${detail && ` (${detail})`}`);
    const answer = await this.#ask(question, message);
    if (question === 'password') this.#options.onSecret(answer);
    return answer;
  }

  async #ask(question: Question, message: string): Promise<string> {
    const { isCancel, password, text } = await import('@clack/prompts');
    const { input, output, signal } = this.#options;
    const settings = { message, input, output, signal, validate: refuseEmpty };
    const answer = question === 'password' ? await password(settings) : await text(settings);
    if (isCancel(answer)) {
      signal.throwIfAborted();
      throw new ChatferryError('INTERRUPTED', 'The login was cancelled. Nothing was changed.');
    }
    return question === 'password' ? answer : answer.trim(); // A password may well end in a space.
  }
}

function refuseEmpty(answer: string | undefined): string | undefined {
  return answer === undefined || answer.trim() === '' ? 'Please type something, or press Ctrl-C to leave.' : undefined;
}

function nobodyToAsk(question: Question, problem: string | undefined): ChatferryError {
  const { ask, remedy } = QUESTIONS[question];
  return new ChatferryError(
    'LOGIN_REQUIRED',
    `${ask}: ${problem ?? 'it is needed.'} There is no terminal to ask on: ${remedy}, or run \`chatferry login\` on one.`,
  );
}
