// A program for a test: downloads one file, closes the source and has nothing more to do.
import { openTelegramSource } from '../../../src/source/telegram/telegram-source.js';
import { neverAborted } from './simulated-telegram.js';
import { AUTOMATIC, PATIENCE } from './patience.js';

interface Options {
  readonly session: string;
  readonly dcAddresses: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly publicKeyPem: string;
  readonly reference: string;
  readonly path: string;
}

const { reference, path, ...options } = JSON.parse(process.argv[2] ?? '{}') as Options;
const signal = neverAborted();
const source = await openTelegramSource({ ...PATIENCE, ...AUTOMATIC, apiId: 1, apiHash: 'hash', ...options, signal });
const chat = await source.resolveChat(reference, signal);
for await (const { messages } of source.history(chat, { signal })) {
  const message = messages.find(({ media }) => media.length > 0);
  const media = message?.media[0];
  if (message !== undefined && media !== undefined) await source.download(message, media, { path, signal });
}
await source.close();
process.stdout.write('closed\n');
