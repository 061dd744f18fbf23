import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { LoginPrompts } from '../../../src/source/telegram/login.js';
import { logIn, type LoginMethod, type Login, logOut } from '../../../src/source/telegram/telegram-login.js';
import { ACCOUNT, emptyWorld, ME, SimulatedTelegram, without } from './simulated-telegram.js';

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
  readonly #answers: Readonly<Record<'phone' | 'code' | 'password', string[]>>;

  constructor(answers: { phone: string[]; code?: string[]; password?: string[] }) {
    this.#answers = { code: [], password: [], ...answers };
  }

  phone(problem: string | undefined): Promise<string> {
    return this.#answer('phone', problem);
  }

  code(sentTo: string, problem: string | undefined): Promise<string> {
    expect(sentTo).not.toBe('');
    return this.#answer('code', problem);
  }

  password(_hint: string, problem: string | undefined): Promise<string> {
    return this.#answer('password', problem);
  }

  #answer(what: 'phone' | 'code' | 'password', problem: string | undefined): Promise<string> {
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
  it('by phone, code and password gives a session that opens the account', async () => {
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

  it('asks again after slips, and says that they were slips', async () => {
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

  it('ends when a prompt is given up', async () => {
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

  it('of a bot takes its token', async () => {
    const { account } = await logInWith({ kind: 'bot', token: ACCOUNT.botToken });
    expect(account.id).toBe(String(ME));
    await expect(logInWith({ kind: 'bot', token: '7:wrong' })).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
  });

  it('opens nothing after a logout', async () => {
    const { session } = await logInWith({ kind: 'bot', token: ACCOUNT.botToken });
    await logOut(telegram.clientOptions({ session }));
    await expect(telegram.openSource({ session })).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
  });

  it('leaves no connection open', async () => {
    await logInWith({ kind: 'bot', token: ACCOUNT.botToken });
    await expect.poll(() => telegram.simulator.openConnectionCount).toBe(0);
  });
});
