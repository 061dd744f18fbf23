import { patternedFile, sha256OfFile } from '../../src/simulator/world/world-file.js';
import { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import type { WorldAccount, WorldFile, WorldPeer } from '../../src/simulator/world/world.js';

export interface TinyFile {
  readonly messageId: number;
  readonly file: WorldFile;
  readonly sha256: string;
}

/** A world just large enough for tests: two accounts, a private chat, a supergroup, a file on each data centre. */
export interface TinyWorld {
  readonly world: WorldBuilder;
  /** Logs in by phone, code and password. */
  readonly account: WorldAccount & {
    readonly phone: string;
    readonly code: string;
    readonly password: string;
  };
  /** Logs in by phone and code alone. */
  readonly plainAccount: WorldAccount & { readonly phone: string; readonly code: string };
  readonly bot: WorldAccount & { readonly botToken: string };
  /** Has 3 messages. */
  readonly privateChat: WorldPeer;
  /** `@tinygroup`, with {@link groupIds} messages. */
  readonly group: WorldPeer;
  /** The ids in the supergroup, ascending, with gaps. */
  readonly groupIds: readonly number[];
  readonly forbiddenChannel: WorldPeer;
  /** In the supergroup; 2,500,007 bytes on DC 4. */
  readonly document: TinyFile;
  /** In the supergroup; 90,001 bytes on DC 2, its size `y`. */
  readonly photo: TinyFile;
}

const DOCUMENT_BYTES = 2_500_007;
const PHOTO_BYTES = 90_001;
const GROUP_TEXTS = 250;

/** The same world each time, to be changed at will: nobody else has it. */
export function createTinyWorld(): TinyWorld {
  const world = new WorldBuilder({ seed: 7, homeDcId: 2 });
  const account = { userId: 1001n, phone: '9996621001', code: '22222', password: 'tiny pass' };
  const plainAccount = { userId: 1003n, phone: '9996621003', code: '33333' };
  const bot = { userId: 1004n, botToken: '1004:tiny-bot-token' };
  for (const login of [account, plainAccount, bot]) world.addAccount(login);
  world.addUser(account.userId, { first_name: 'Ada', last_name: 'Tiny', phone: account.phone });
  const privateChat = world.addUser(1002n, { first_name: 'Bob', username: 'tinybob' });
  world.addUser(plainAccount.userId, { first_name: 'Cleo', phone: plainAccount.phone });
  world.addUser(bot.userId, { first_name: 'Botty', username: 'tiny_bot', bot: true, bot_info_version: 1 });

  world.post(privateChat, { message: 'Hello Ada', date: 1_700_000_000 });
  world.post(privateChat, { message: 'Hello Bob', out: true, from_id: { _: 'peerUser', user_id: account.userId } });
  world.post(privateChat, { message: 'Have you seen the group?' });

  const group = world.addChannel(2001n, 'Tiny group', { megagroup: true, username: 'tinygroup' });
  const sender = { _: 'peerUser', user_id: 1002n };
  const groupIds = [
    world.postService(
      group,
      { _: 'messageActionChannelCreate', title: 'Tiny group' },
      { from_id: sender, date: 1_700_000_100 },
    ),
  ];
  for (let i = 0; i < GROUP_TEXTS; i += 1) {
    if (i % 10 === 3) world.skipIds(group, 2);
    groupIds.push(world.post(group, { message: `Message number ${i}`, from_id: sender }));
  }

  const photoFile = patternedFile(11n, PHOTO_BYTES);
  const photo = world.addPhoto({
    sizes: [
      { type: 'm', width: 320, height: 240, file: patternedFile(12n, 9000) },
      { type: 'y', width: 1280, height: 960, file: photoFile },
    ],
    dcId: 2,
  });
  const photoId = world.post(group, { message: 'A photo', from_id: sender, media: { _: 'messageMediaPhoto', photo } });
  const documentFile = patternedFile(13n, DOCUMENT_BYTES);
  const document = world.addDocument({
    file: documentFile,
    mimeType: 'application/octet-stream',
    attributes: [{ _: 'documentAttributeFilename', file_name: 'tiny.bin' }],
    dcId: 4,
  });
  const documentId = world.post(group, {
    message: 'A document',
    from_id: sender,
    media: { _: 'messageMediaDocument', document },
  });
  groupIds.push(photoId, documentId);

  return {
    world,
    account,
    plainAccount,
    bot,
    privateChat,
    group,
    groupIds,
    forbiddenChannel: world.addForbiddenChannel(2002n, 'Closed doors'),
    document: { messageId: documentId, file: documentFile, sha256: sha256OfFile(documentFile) },
    photo: { messageId: photoId, file: photoFile, sha256: sha256OfFile(photoFile) },
  };
}
