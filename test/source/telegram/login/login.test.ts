import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { LoginPrompts, LoginQuestion } from '../../../../src/source/telegram/login/login-prompts.js';
import { logIn, type LoginMethod, type Login, logOut } from '../../../../src/source/telegram/login/telegram-login.js';
import { ACCOUNT, emptyWorld, ME, SimulatedTelegram, without } from '../simulated-telegram.js';

let telegram: SimulatedTelegram;

beforeEach(async () => {
  const world = emptyWorld();
  world.addAccount({ userId: 1002n, phone: '99966770002', code: '54321' });
  world.addUser(1002n, { self: true, first_name: 'Grace' });
  telegram = await SimulatedTelegram.start(world);
});

afterEach(() => telegram[Symbol.asyncDispose]());

/** Answers from lists, and notes what was asked. */
class Answers implements LoginPrompts {
  readonly asked: string[] = [];
  readonly problems: string[] = [];
  wantsAnotherCode = false;
  readonly #answers: Readonly<Record<'phone' | 'code' | 'password', string[]>>;

  constructor(answers: { phone: string[]; code?: string[]; password?: string[] }) {
    this.#answers = { code: [], password: [], ...answers };
  }

  phone(question: LoginQuestion): Promise<string> {
    return this.#answer('phone', question);
  }

  code(sentTo: string, question: LoginQuestion): Promise<string> {
    expect(sentTo).not.toBe('');
    return this.#answer('code', question);
  }

  password(_hint: string, question: LoginQuestion): Promise<string> {
    return this.#answer('password', question);
  }

  anotherCode(problem: string): Promise<boolean> {
    this.problems.push(problem);
    return Promise.resolve(this.wantsAnotherCode);
  }

  replaces(): Promise<boolean> {
    return Promise.resolve(true);
  }

  waiting(): void {
    // Nobody is watching.
  }

  #answer(what: 'phone' | 'code' | 'password', { problem }: LoginQuestion): Promise<string> {
    if (problem !== undefined) this.problems.push(problem);
    this.asked.push(problem === undefined ? what : `${what} again`);
    return Promise.resolve(this.#answers[what].shift() ?? '');
  }
}

function logInWith(method: LoginMethod): Promise<Login> {
  const options = without(telegram.clientOptions(), 'session');
  return logIn(options, method);
}

function byPhone(prompts: LoginPrompts): Promise<Login> {
  return logInWith({ kind: 'phone', prompts });
}

describe('a login', () => {
  it('by phone, code and password returns a session of the account', async () => {
    const prompts = new Answers({ phone: [`+${ACCOUNT.phone}`], code: ['12 345'], password: [ACCOUNT.password] });
    const { session, account } = await byPhone(prompts);
    expect(account).toEqual({ id: String(ME), name: 'Ada Ferry', username: 'ada_ferry', isBot: false });
    expect(prompts.asked).toEqual(['phone', 'code', 'password']);
    const source = await telegram.openSource({ session });
    expect(source.account).toEqual(account);
  });

  it('of an account without a password asks for none', async () => {
    const prompts = new Answers({ phone: ['99966770002'], code: ['54321'] });
    expect((await byPhone(prompts)).account.name).toBe('Grace');
    expect(prompts.asked).toEqual(['phone', 'code']);
  });

  it('asks again after wrong answers, with the reason', async () => {
    const prompts = new Answers({
      phone: ['123', ACCOUNT.phone],
      code: ['00000', ACCOUNT.code],
      password: ['wrong', 'wrong too', ACCOUNT.password],
    });
    await byPhone(prompts);
    expect(prompts.asked).toEqual([
      'phone',
      'phone again',
      'code',
      'code again',
      'password',
      'password again',
      'password again',
    ]);
  });

  it.each([
    ['codes', { phone: [ACCOUNT.phone], code: Array<string>(9).fill('00000') }, 6],
    ['passwords', { phone: [ACCOUNT.phone], code: [ACCOUNT.code], password: Array<string>(9).fill('wrong') }, 7],
  ])('is refused after too many wrong %s', async (_, answers, askedCount) => {
    const prompts = new Answers(answers);
    await expect(byPhone(prompts)).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
    expect(prompts.asked).toHaveLength(askedCount);
  });

  it('sends no request for an answer that cannot be right', async () => {
    const prompts = new Answers({
      phone: ['my number', '12', '1'.repeat(16), ACCOUNT.phone],
      code: ['1234', 'abcde', ACCOUNT.code],
      password: [ACCOUNT.password],
    });
    await byPhone(prompts);
    expect(telegram.simulator.calls.get('auth.sendCode')).toBe(1);
    expect(telegram.simulator.calls.get('auth.signIn')).toBe(1);
    expect(prompts.problems).toEqual([
      expect.stringContaining('"my number" is not a phone number'),
      expect.stringContaining('"12" has 2 digits'),
      expect.stringContaining('has 16 digits'),
      'The code has 5 digits, but "1234" has 4.',
      '"abcde" is not a code. A code has digits only.',
    ]);
  });

  it('asks its first question while connecting, and cancels it if the connection fails', async () => {
    const asked: LoginQuestion[] = [];
    const prompts = new Answers({ phone: [] });
    prompts.phone = (question) => {
      asked.push(question);
      return new Promise((_resolve, reject) => {
        question.signal.addEventListener('abort', () => {
          reject(question.signal.reason as Error);
        });
      });
    };
    const { simulator } = telegram;
    await simulator.close();
    const login = byPhone(prompts);
    const refusal = expect(login).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(asked).toHaveLength(1);
    await refusal;
  });

  it.each([
    ['API_ID_INVALID', 'auth.sendCode', /TELEGRAM_API_ID and TELEGRAM_API_HASH\. Copy both again/],
    ['API_ID_PUBLISHED_FLOOD', 'auth.sendCode', /was published/],
    ['PHONE_NUMBER_BANNED', 'auth.sendCode', /banned this phone number/],
    ['PHONE_NUMBER_FLOOD', 'auth.sendCode', /Too many codes/],
    ['FLOOD_WAIT_5000', 'auth.sendCode', /pause of 84 minutes/],
    ['FLOOD_WAIT_86400', 'auth.signIn', /pause of 24 hours/],
    ['PHONE_CODE_EXPIRED', 'auth.signIn', /code has expired/],
    ['PHONE_PASSWORD_FLOOD', 'auth.checkPassword', /wrong password/],
  ])('that Telegram refuses with %s is explained in a message', async (error, method, sentence) => {
    telegram.simulator.setNetwork({ fault: (request) => (request.method === method ? { error } : undefined) });
    const prompts = new Answers({ phone: [ACCOUNT.phone], code: [ACCOUNT.code], password: [ACCOUNT.password] });
    const refusal = await byPhone(prompts).catch((reason: unknown) => reason);
    expect(refusal).toMatchObject({ code: 'LOGIN_REFUSED' });
    expect((refusal as Error).message).toMatch(sentence);
    expect((refusal as Error).message).not.toContain('Telegram answered auth.');
  });

  it('whose code has expired continues with another, if one is wanted', async () => {
    let expiries = 1;
    telegram.simulator.setNetwork({
      fault: ({ method }) => {
        if (method !== 'auth.signIn' || expiries === 0) return undefined;
        expiries -= 1;
        return { error: 'PHONE_CODE_EXPIRED' };
      },
    });
    const prompts = new Answers({
      phone: [ACCOUNT.phone],
      code: [ACCOUNT.code, ACCOUNT.code],
      password: [ACCOUNT.password],
    });
    prompts.wantsAnotherCode = true;
    expect((await byPhone(prompts)).account.name).toBe('Ada Ferry');
    expect(prompts.asked).toEqual(['phone', 'code', 'code', 'password']);
    expect(prompts.problems).toEqual(['That code has expired.']);
    expect(telegram.simulator.calls.get('auth.sendCode')).toBe(2);
  });

  it('ends when a prompt is cancelled', async () => {
    const prompts = new Answers({ phone: [] });
    prompts.phone = () => Promise.reject(new Error('Ctrl-C'));
    await expect(byPhone(prompts)).rejects.toThrow('Ctrl-C');
  });

  it('follows the account to its data centre', async () => {
    const prompts = new Answers({ phone: [ACCOUNT.phone], code: [ACCOUNT.code], password: [ACCOUNT.password] });
    const options = without(telegram.clientOptions({ dcAddresses: telegram.simulator.dcs.toReversed() }), 'session');
    const { session } = await logIn(options, { kind: 'phone', prompts });
    expect((await telegram.openSource({ session })).account.id).toBe(String(ME));
  });

  it('of a bot uses its token', async () => {
    const { account } = await logInWith({ kind: 'bot', token: ACCOUNT.botToken });
    expect(account.id).toBe(String(ME));
    await expect(logInWith({ kind: 'bot', token: '7:wrong' })).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
  });

  it('is invalid after a logout', async () => {
    const { session } = await logInWith({ kind: 'bot', token: ACCOUNT.botToken });
    await logOut(telegram.clientOptions({ session }));
    await expect(telegram.openSource({ session })).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
  });

  it('leaves no connection open', async () => {
    await logInWith({ kind: 'bot', token: ACCOUNT.botToken });
    await expect.poll(() => telegram.simulator.openConnectionCount).toBe(0);
  });
});
