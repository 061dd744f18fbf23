import { describe, expect, it } from 'vitest';

import type { ChatAccount } from '../../../src/archive/accounts/chat-account-table.js';
import type { StoredChat } from '../../../src/archive/records.js';
import { chatSeenBy, checkOwner } from '../../../src/pipeline/completeness/seen-chat.js';
import { CHAT, chatNamed } from '../../archive/sample-message.js';

const ANN = '7001';
const BOB = '7002';
const STORED: StoredChat = { chat: CHAT, folder: 'chat' };
const OF_ANN: StoredChat = { ...STORED, migratedAccount: ANN };

function account(accountId: string, cursor?: number, firstMessageId?: number): ChatAccount {
  return {
    accountId,
    ...(cursor === undefined ? {} : { cursor }),
    ...(firstMessageId === undefined ? {} : { firstMessageId }),
  };
}

describe('a chat from the point of view of an account', () => {
  it('begins at its beginning, or at the cursor of the account itself', () => {
    expect(chatSeenBy(ANN, STORED, []).after).toBeUndefined();
    expect(chatSeenBy(ANN, STORED, [account(BOB, 90), account(ANN, 50)]).after).toBe(50);
    expect(chatSeenBy(ANN, STORED, [account(ANN, -7)]).after).toBe(-7);
    expect(chatSeenBy(ANN, STORED, [account(BOB, 90)]).after).toBeUndefined();
  });

  it('has the messages of the old group where the account brought them, or nobody did yet', () => {
    expect(chatSeenBy(ANN, OF_ANN, []).hasOldGroup).toBe(true);
    expect(chatSeenBy(ANN, STORED, []).hasOldGroup).toBe(true);
    const seen = chatSeenBy(BOB, OF_ANN, [account(ANN, 90)]);
    expect(seen.hasOldGroup).toBe(false);
    expect(seen.after).toBe(0); // Behind all negative ids.
    expect(chatSeenBy(BOB, OF_ANN, [account(BOB, -5)]).after).toBe(0);
    expect(chatSeenBy(BOB, OF_ANN, [account(BOB, 5)]).after).toBe(5);
  });

  it('lets an account ask for messages whose ids are the same for it', () => {
    const [ann, bob] = [chatSeenBy(ANN, OF_ANN, []), chatSeenBy(BOB, OF_ANN, [])];
    expect([1, 0, -1].map((id) => ann.mayAskFor(id))).toEqual([true, true, true]);
    expect([1, 0, -1].map((id) => bob.mayAskFor(id))).toEqual([true, false, false]);
  });

  it('takes a message for deleted that only this account could be shown, or that it was shown', () => {
    const alone = chatSeenBy(ANN, STORED, [account(ANN, 90, 50)]);
    expect(alone.wasShown(1)).toBe(true);
    const among = chatSeenBy(ANN, STORED, [account(ANN, 90, 50), account(BOB, 90, 1)]);
    expect([49, 50, 51].map((id) => among.wasShown(id))).toEqual([false, true, true]);
    const unknown = chatSeenBy(ANN, STORED, [account(ANN, 90), account(BOB, 90, 1)]);
    expect(unknown.wasShown(1000)).toBe(false);
    expect(chatSeenBy(ANN, STORED, []).wasShown(1)).toBe(true);
  });
});

describe('a chat that belongs to one account', () => {
  const ann = { id: ANN, name: 'Ann', isBot: false };
  const check = (id: Parameters<typeof chatNamed>[0]) => (): void => {
    checkOwner(chatNamed(id), ann);
  };

  it('is exported from that one, and a channel from any', () => {
    expect(check('account7001/user42')).not.toThrow();
    expect(check('channel42')).not.toThrow();
    expect(check('account7002/user42')).toThrow('The chat account7002/user42 cannot be exported from Ann (id 7001).');
  });
});
