import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authKeyId } from '../../../src/simulator/crypto/auth-key.js';
import { startSimulator, type Simulator } from '../../../src/simulator/server/server.js';
import { ByteWriter } from '../../../src/simulator/tl/byte-writer.js';
import { ConstructorId } from '../../../src/simulator/tl/constructor-ids.js';
import { RawClient } from '../raw-client.js';
import { createTinyWorld, type TinyWorld } from '../tiny-world.js';

interface Started {
  readonly tiny: TinyWorld;
  readonly simulator: Simulator;
  readonly client: RawClient;
}

async function started(): Promise<Started> {
  const tiny = createTinyWorld();
  const simulator = await startSimulator({ world: tiny.world });
  onTestFinished(() => simulator.close());
  const client = await RawClient.open(simulator, simulator.sessionFor(tiny.account.userId));
  onTestFinished(() => {
    client[Symbol.dispose]();
  });
  return { tiny, simulator, client };
}

async function greeted(): Promise<Started> {
  const all = await started();
  await all.client.greet();
  return all;
}

const CONFIG = { _: 'help.getConfig' } as const;

describe('a session', () => {
  test('receives the right salt, then new_session_created once', async () => {
    const { client } = await greeted();
    const first = client.say({ _: 'ping', ping_id: 5n });
    expect(await client.named('new_session_created')).toMatchObject({ first_msg_id: first, server_salt: client.salt });
    expect(await client.named('pong')).toEqual({ _: 'pong', msg_id: first, ping_id: 5n });
    expect(await client.answerTo(client.say(CONFIG))).toMatchObject({ _: 'config', this_dc: 2 });
  });

  test('accepts requests in a container and answers them in one', async () => {
    const { client } = await greeted();
    const ids = client.sayTogether([CONFIG, { _: 'updates.getState' }, { _: 'help.getNearestDc' }]);
    const answers = await Promise.all(ids.map((id) => client.next(({ answers }) => answers === id)));
    expect(answers.map(({ object }) => object._)).toEqual(['config', 'updates.state', 'nearestDc']);
    expect(answers.every(({ wasContained }) => wasContained)).toBe(true);
  });

  test('sends an error among the answers of a container, after which some clients lose the rest', async () => {
    const { client } = await greeted();
    const [wrong, right] = client.sayTogether([{ _: 'messages.getAllDrafts' }, CONFIG]) as [bigint, bigint];
    expect(await client.answerTo(wrong)).toMatchObject({ _: 'rpc_error', error_message: 'METHOD_NOT_SERVED' });
    expect(await client.answerTo(right)).toMatchObject({ _: 'config' });
  });

  test('decompresses a compressed request', async () => {
    const { client } = await greeted();
    const out = new ByteWriter();
    out.int(ConstructorId.gzipPacked);
    out.bytes(gzipSync(client.encode(CONFIG)));
    expect(await client.answerTo(client.say(Buffer.from(out.take())))).toMatchObject({ _: 'config' });
  });

  test.each([
    [16, 'too old', -400],
    [17, 'too new', 400],
  ])('answers code %i to a message id that is %s', async (code, _, shiftSeconds) => {
    const { client } = await greeted();
    const id = client.say(CONFIG, BigInt(Math.floor(Date.now() / 1000) + shiftSeconds) << 32n);
    expect(await client.named('bad_msg_notification')).toMatchObject({ bad_msg_id: id, error_code: code });
  });

  test('answers code 18 to a message id that is not divisible by four', async () => {
    const { client } = await greeted();
    client.say(CONFIG, client.nextId() + 1n);
    expect(await client.named('bad_msg_notification')).toMatchObject({ error_code: 18 });
  });

  test('answers code 64 to a truncated container', async () => {
    const { client } = await greeted();
    const cut = Buffer.alloc(8);
    cut.writeUInt32LE(ConstructorId.messageContainer);
    cut.writeUInt32LE(3, 4);
    client.say(cut);
    expect(await client.named('bad_msg_notification')).toMatchObject({ error_code: 64 });
  });

  test('sends as many future salts as requested, up to 64, all of them valid', async () => {
    const { client } = await greeted();
    client.say({ _: 'get_future_salts', num: 64 });
    const { salts } = (await client.named('future_salts')) as unknown as { salts: { salt: bigint }[] };
    expect(salts).toHaveLength(64);
    client.salt = salts[63]?.salt ?? 0n;
    expect(await client.answerTo(client.say(CONFIG))).toMatchObject({ _: 'config' });
  });

  test('reports requested messages as received', async () => {
    const { client } = await greeted();
    const known = client.say(CONFIG);
    client.say({ _: 'msgs_state_req', msg_ids: [known, 4n] });
    const { info } = (await client.named('msgs_state_info')) as unknown as { info: Buffer };
    expect([...info]).toEqual([4, 1]);
  });

  test('can end another session of its key, once', async () => {
    const { client } = await greeted();
    client.sessionId = 78n;
    await client.answerTo(client.say(CONFIG));
    client.sessionId = 77n;
    client.say({ _: 'destroy_session', session_id: 78n });
    expect(await client.named('destroy_session_ok')).toMatchObject({ session_id: 78n });
    client.say({ _: 'destroy_session', session_id: 78n });
    expect(await client.named('destroy_session_none')).toMatchObject({ session_id: 78n });
  });

  test('does not send an answer that was dropped', async () => {
    const { client, simulator } = await greeted();
    simulator.setNetwork({ fault: ({ method }) => (method === 'help.getConfig' ? { delayMs: 60 } : undefined) });
    const unwanted = client.say(CONFIG);
    expect(await client.answerTo(client.say({ _: 'rpc_drop_answer', req_msg_id: unwanted }))).toEqual({
      _: 'rpc_answer_dropped_running',
    });
    const later = client.say(CONFIG); // Waits as long as the first, so comes after it.
    const answer = await client.next(({ answers }) => answers !== undefined);
    expect(answer.answers).toBe(later);
  });

  test('serves a request after the one that it names', async () => {
    const { client, simulator } = await greeted();
    simulator.setNetwork({ fault: ({ method }) => (method === 'help.getConfig' ? { delayMs: 50 } : undefined) });
    const slow = client.say(CONFIG);
    const after = client.say({ _: 'invokeAfterMsg', msg_id: slow, query: { _: 'updates.getState' } });
    const order = [
      await client.next(({ answers }) => answers !== undefined),
      await client.next(({ answers }) => answers !== undefined),
    ];
    expect(order.map(({ answers }) => answers)).toEqual([slow, after]);
  });

  test('refuses an unknown constructor and continues', async () => {
    const { client } = await greeted();
    expect(await client.answerTo(client.say(Buffer.from('0badf00d', 'hex')))).toMatchObject({ error_code: 400 });
    expect(await client.answerTo(client.say(CONFIG))).toMatchObject({ _: 'config' });
  });

  test('uses the layer that the client named, also for its next requests', async () => {
    const { client } = await greeted();
    const named = {
      _: 'invokeWithLayer',
      layer: 227,
      query: { _: 'messages.getDialogs', limit: 5, offset_peer: { _: 'inputPeerEmpty' } },
    };
    await client.answerTo(client.say(named));
    const again = client.say({ _: 'messages.getHistory', peer: { _: 'inputPeerSelf' }, limit: 1 });
    // Layer 198 has no topics among the messages; the key remembers that this client has.
    expect(await client.answerTo(again)).toHaveProperty('topics');
  });
});

describe('a connection', () => {
  test('answers -404 to a key that the data centre does not know', async () => {
    const { client } = await started();
    client.sendPacket(randomBytes(120));
    await expect.poll(() => client.plain.map((packet) => packet.readInt32LE())).toEqual([-404]);
  });

  test('is closed if a packet was not encrypted with the key that it names', async () => {
    const { simulator, tiny } = await started();
    const session = simulator.sessionFor(tiny.account.userId);
    using client = await RawClient.open(simulator, session);
    await client.greet();
    const forged = Buffer.concat([Buffer.from(keyIdOf(session), 'hex'), randomBytes(112)]);
    client.sendPacket(forged);
    await client.closed();
  });

  test('is closed if an announced ping does not arrive', async () => {
    const { client } = await greeted();
    client.say({ _: 'ping_delay_disconnect', ping_id: 3n, disconnect_delay: 0 });
    await client.closed();
  });

  test('leaves nothing behind when the simulator closes', async () => {
    const { client, simulator } = await greeted();
    simulator.setNetwork({ latencyMs: 60_000 });
    client.say(CONFIG);
    await simulator.close();
    await client.closed();
    await expect.poll(() => simulator.openConnectionCount).toBe(0);
  });
});

function keyIdOf(session: string): string {
  return authKeyId(Buffer.from(session.slice(1), 'base64').subarray(-256));
}
