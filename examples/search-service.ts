/**
 * Answers searches in an archive over HTTP, on this machine only.
 *
 * node search-service.js my-archive 8080
 * curl 'http://127.0.0.1:8080/?q=wind'
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { openArchiveInThread } from 'chatferry';

const [folder = 'my-archive', port = '0'] = process.argv.slice(2);

// Searches run in a thread, so a long one does not keep others from connecting.
const archive = await openArchiveInThread(folder);
const server = createServer((request, response) => {
  const words = new URL(request.url ?? '/', 'http://localhost').searchParams.get('q') ?? '';
  const left = new AbortController();
  response.once('close', () => left.abort(new Error('The client has left.')));
  archive.search(words, { limit: 20, signal: left.signal }).then(
    (found) => {
      const messages = found.map(({ chatId, id, dateMs, text }) => ({ chatId, id, dateMs, text: text.text }));
      response.setHeader('content-type', 'application/json').end(JSON.stringify(messages));
    },
    (error: unknown) => {
      response.writeHead(500).end(String(error));
    },
  );
});
server.listen(Number(port), '127.0.0.1');
await once(server, 'listening');
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

process.once('SIGTERM', () => {
  server.close(() => void archive.close());
  server.closeIdleConnections();
});
