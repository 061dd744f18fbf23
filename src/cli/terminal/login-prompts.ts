import type { Readable, Writable } from 'node:stream';

import { ChatferryError } from '../../errors/chatferry-error.js';
import type { Account } from '../../chat/account.js';
import type { LoginPrompts, LoginQuestion } from '../../source/telegram/login/login-prompts.js';
import { printableLine } from '../../text/printable.js';

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
  /** Whether a login that is there already may be replaced without asking. */
  readonly replacesLogin: boolean;
  /** Told every password that was typed, so that it is masked from then on. */
  readonly onSecret: (secret: string) => void;
  readonly signal: AbortSignal;
}

type Question = keyof PreparedAnswers;

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

  phone(question: LoginQuestion): Promise<string> {
    return this.#answer('phone', '', question);
  }

  code(sentTo: string, question: LoginQuestion): Promise<string> {
    return this.#answer('code', sentTo, question);
  }

  password(hint: string, question: LoginQuestion): Promise<string> {
    return this.#answer('password', hint, question);
  }

  /** Whether there is a person to ask. */
  get canAsk(): boolean {
    return this.#options.interactive;
  }

  /**
   * Asks a question whose answer is no unless the person says yes.
   *
   * @throws {ChatferryError} `USAGE` with `nobodyToAsk` where there is no terminal; `INTERRUPTED`.
   */
  agrees(question: string, { nobodyToAsk: message }: { readonly nobodyToAsk: string }): Promise<boolean> {
    if (this.canAsk) return this.#confirm(question, false);
    return Promise.reject(new ChatferryError('USAGE', message));
  }

  async anotherCode(problem: string): Promise<boolean> {
    if (!this.#options.interactive) return false;
    await this.#tell(problem);
    return this.#confirm('Have another one sent?', true);
  }

  async replaces({ name, username }: Account): Promise<boolean> {
    if (this.#options.replacesLogin) return true;
    const who = printableLine(username === undefined ? name : `${name} (@${username})`);
    if (this.#options.interactive) return this.#confirm(`You are logged in as ${who}. Replace that login?`, false);
    throw new ChatferryError(
      'USAGE',
      `You are logged in as ${who}. Use --replace to log in again, or end that login with \`chatferry logout\`.`,
    );
  }

  waiting(text: string): void {
    if (this.#options.interactive) this.#options.output.write(`${printableLine(text)}\n`);
  }

  async #answer(name: Question, detail: string, question: LoginQuestion): Promise<string> {
    const prepared = this.#options.prepared[name];
    if (prepared !== undefined && !this.#used.has(name)) {
      this.#used.add(name);
      return prepared;
    }
    const { problem } = question;
    if (!this.#options.interactive) throw nobodyToAsk(name, problem);
    if (problem !== undefined) await this.#tell(problem);
    const { ask } = QUESTIONS[name];
    const answer = await this.#ask(name, printableLine(`${ask}${detail && ` (${detail})`}`), question);
    if (name === 'password') this.#options.onSecret(answer);
    return answer;
  }

  async #ask(name: Question, message: string, { check, signal: withdrawn }: LoginQuestion): Promise<string> {
    const { isCancel, password, text } = await import('@clack/prompts');
    const { input, output } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, withdrawn]);
    const validate = (answer: string | undefined): string | undefined => {
      const refusal = refuseEmpty(answer) ?? check(answer ?? '');
      return refusal === undefined ? undefined : printableLine(refusal);
    };
    const settings = { message, input, output, signal, validate };
    const answer = name === 'password' ? await password(settings) : await text(settings);
    if (isCancel(answer)) throw cancelled(signal);
    return name === 'password' ? answer : answer.trim(); // A password may well end in a space.
  }

  async #confirm(message: string, initialValue: boolean): Promise<boolean> {
    const { confirm, isCancel } = await import('@clack/prompts');
    const { input, output, signal } = this.#options;
    const answer = await confirm({ message, initialValue, input, output, signal });
    if (isCancel(answer)) throw cancelled(signal);
    return answer;
  }

  /** Says what went wrong on a line of its own, above the question. */
  async #tell(problem: string): Promise<void> {
    const { log } = await import('@clack/prompts');
    log.warn(printableLine(problem), { output: this.#options.output });
  }
}

/** @throws the signal's reason, when it was not the person who left. */
function cancelled(signal: AbortSignal): ChatferryError {
  signal.throwIfAborted();
  return new ChatferryError('INTERRUPTED', 'The login was cancelled. Nothing was changed.');
}

function refuseEmpty(answer: string | undefined): string | undefined {
  return answer === undefined || answer.trim() === '' ? 'Please type something, or press Ctrl-C to cancel.' : undefined;
}

function nobodyToAsk(question: Question, problem: string | undefined): ChatferryError {
  const { ask, remedy } = QUESTIONS[question];
  return new ChatferryError(
    'LOGIN_REQUIRED',
    `${ask}: ${problem ?? 'it is needed.'} There is no terminal to ask on: ${remedy}, or run \`chatferry login\` on one.`,
  );
}
