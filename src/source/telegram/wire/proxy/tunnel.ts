import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';

import { SocksClient } from 'socks';

import { type ProxyAddress, proxyText } from '../../../../config/sections/proxy-address.js';
import { ChatferryError, errorMessage } from '../../../../errors/chatferry-error.js';

export interface TunnelOptions {
  /** The destination. */
  readonly host: string;
  readonly port: number;
  /** For the whole attempt, from the TCP connection to the proxy to the proxy's answer. */
  readonly connectTimeoutMs: number;
  /** Aborts the attempt. */
  readonly signal: AbortSignal;
}

const PROXY_AUTHENTICATION_REQUIRED = 407;

/**
 * Opens a TCP connection through a proxy. The returned socket has no listeners and may emit data from the next turn of
 * the event loop on, so the caller must add its listeners at once.
 *
 * @throws {ChatferryError} `UNREACHABLE`, with a message that says whether the proxy cannot be reached, does not
 *   answer, refuses the credentials, or refuses the destination; the signal's reason when it aborts.
 */
export async function openTunnel(proxy: ProxyAddress, options: TunnelOptions): Promise<Socket> {
  const { connectTimeoutMs, signal } = options;
  signal.throwIfAborted();
  const name = `The proxy ${proxyText(proxy)}`;
  const progress: { isConnected: boolean; failure?: string } = { isConnected: false };
  const socket = connect({ host: proxy.host, port: proxy.port, noDelay: true });
  socket.once('connect', () => {
    progress.isConnected = true;
  });
  // Errors are reported where they are awaited. An error without a listener would end the process.
  socket.on('error', () => undefined);
  const lost = new Promise<never>((_, reject) => {
    socket.once('close', () => {
      reject(new Error('closed the connection without an answer'));
    });
  });
  lost.catch(() => undefined);
  const timeout = setTimeout(() => {
    progress.failure = progress.isConnected
      ? `did not answer within ${connectTimeoutMs} ms`
      : `cannot be reached within ${connectTimeoutMs} ms`;
    socket.destroy(new Error('timeout'));
  }, connectTimeoutMs);
  const abort = (): void => {
    socket.destroy(new Error('aborted'));
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    await connected(socket);
    const opening = proxy.scheme === 'http' ? throughHttp : throughSocks;
    await Promise.race([opening(socket, proxy, options), lost]);
    return socket;
  } catch (cause) {
    socket.destroy();
    signal.throwIfAborted();
    const { isConnected, failure } = progress;
    const reason = failure ?? (isConnected ? errorMessage(cause) : `cannot be reached: ${errorMessage(cause)}`);
    const remedy = isConnected ? '' : ' Is it running?';
    throw new ChatferryError('UNREACHABLE', `${name} ${reason}.${remedy}`, {
      cause: new Error(errorMessage(cause)), // Not the error itself: errors of the library contain the password.
      retryable: true,
    });
  } finally {
    clearTimeout(timeout);
    signal.removeEventListener('abort', abort);
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

/** SOCKS5 (https://www.rfc-editor.org/rfc/rfc1928), with user name and password (RFC 1929). */
async function throughSocks(
  socket: Socket,
  proxy: ProxyAddress,
  { host, port, connectTimeoutMs }: TunnelOptions,
): Promise<void> {
  const { scheme, username, password } = proxy;
  // With socks5 the name is resolved here, with socks5h by the proxy.
  const address = scheme === 'socks5' && isIP(host) === 0 ? (await lookup(host)).address : host;
  try {
    await SocksClient.createConnection({
      proxy: {
        host: proxy.host,
        port: proxy.port,
        type: 5,
        ...(username === undefined ? {} : { userId: username, password: password ?? '' }),
      },
      command: 'connect',
      destination: { host: address, port },
      existing_socket: socket,
      timeout: connectTimeoutMs * 2, // Our own timeout fires first, and has a clearer message.
    });
  } catch (error) {
    throw new Error(socksRefusal(errorMessage(error), { isNamed: username !== undefined, place: `${host}:${port}` }), {
      cause: error,
    });
  }
}

/** The cause of an error of the library. Its errors can only be distinguished by their texts. */
function socksRefusal(text: string, { isNamed, place }: { isNamed: boolean; place: string }): string {
  if (text.includes('no accepted authentication type') || text.includes('Authentication failed'))
    return credentials(isNamed);
  const [, answer] = /proxy rejected connection - (\w+)/.exec(text) ?? [];
  if (answer !== undefined) return `refuses a connection to ${place}: ${answer}`;
  if (text.startsWith('Received invalid Socks5')) return 'does not speak SOCKS5. Is it an HTTP proxy (http://…)?';
  return text === 'Socket closed' ? 'closed the connection without an answer' : text;
}

/** HTTP CONNECT (https://www.rfc-editor.org/rfc/rfc9110#name-connect). */
function throughHttp(socket: Socket, proxy: ProxyAddress, { host, port }: TunnelOptions): Promise<void> {
  const { username, password = '' } = proxy;
  const place = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const asking = request({
      method: 'CONNECT',
      path: place,
      headers: {
        host: place,
        ...(username === undefined
          ? {}
          : { 'proxy-authorization': `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }),
      },
      createConnection: () => socket,
    });
    asking.once('connect', ({ statusCode = 0, statusMessage = '' }, _socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        resolve();
      } else if (statusCode === PROXY_AUTHENTICATION_REQUIRED) reject(new Error(credentials(username !== undefined)));
      else reject(new Error(`refuses a connection to ${place}: ${statusCode} ${statusMessage}`.trimEnd()));
    });
    asking.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code?.startsWith('HPE_') === true)
        reject(new Error('does not speak HTTP. Is it a SOCKS5 proxy (socks5://…)?'));
      else if (error.code === 'ECONNRESET') reject(new Error('closed the connection without an answer'));
      else reject(error);
    });
    asking.end();
  });
}

function credentials(areGiven: boolean): string {
  return areGiven
    ? 'refuses the user name and password of TELEGRAM_PROXY'
    : 'requires a user name and a password. Set TELEGRAM_PROXY with user:password@ before the host';
}
