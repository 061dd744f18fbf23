import { describe, expect, it } from 'vitest';

import type { Fault } from '../../../src/simulator/server/network.js';
import { patternedFile } from '../../../src/simulator/world/world-file.js';
import { expectFilesOfRecords, readArchive } from '../archive-check.js';
import { DOCUMENTS_CHAT, DocumentsWorld } from '../documents-world.js';
import { onParts } from '../part-fault.js';
import { SimulatedExport } from '../simulated-export.js';

const FILES = 120;

/** A chat in which every sixteenth file is gone. */
function oldChat(): { readonly documents: DocumentsWorld; readonly gone: ReadonlyMap<bigint, number> } {
  const documents = new DocumentsWorld();
  const gone = new Map<bigint, number>();
  for (let index = 0; index < FILES; index += 1) {
    const { id, messageId } = documents.post(patternedFile(BigInt(index + 1), 3_000 + index));
    if (index % 16 === 3) gone.set(id, messageId);
  }
  return { documents, gone };
}

type Gone = ReturnType<typeof oldChat>;

function refusing({ gone }: Gone, error: string): Fault {
  return onParts(({ id }) => (gone.has(id) ? { error } : undefined));
}

/** Their messages are deleted when their files are asked for, and the references that were given are too old. */
function deleting({ documents, gone }: Gone): Fault {
  return onParts(({ id }) => {
    const messageId = gone.get(id);
    if (messageId === undefined) return undefined;
    documents.world.delete(documents.peer, [messageId]);
    return { error: 'FILE_REFERENCE_EXPIRED' };
  });
}

const KINDS = [
  ['are refused with FILE_ID_INVALID', (chat: Gone) => refusing(chat, 'FILE_ID_INVALID'), /FILE_ID_INVALID/],
  ['are refused with LOCATION_INVALID', (chat: Gone) => refusing(chat, 'LOCATION_INVALID'), /LOCATION_INVALID/],
  ['were in messages that are deleted meanwhile', deleting, /was deleted before its document/],
] as const;

describe('files that are gone for good, six of a hundred, that', () => {
  it.each(KINDS)(
    '%s slow down no other, are told as missing once, then listed, and then not asked for any more',
    async (_, faultOf, reason) => {
      const chat = oldChat();
      const goneIds = [...chat.gone.values()];
      await using trip = await SimulatedExport.start(chat.documents.world, DOCUMENTS_CHAT);
      const network = { fault: faultOf(chat), latencyMs: 5 };

      const first = await trip.run({ network });
      expect(first.exitCode).toBe(4);
      expect(first.events.filter(({ type }) => type === 'fallback-to-sequential')).toEqual([]);
      expect(first.summary?.metrics).toMatchObject({ fallbackCount: 0, failedMediaCount: goneIds.length });
      // One that shrinks for nothing would say why.
      const decisions = first.downloads?.decisions.map(({ reason: why }) => why) ?? [];
      expect(decisions.filter((why) => !['grow', 'latency'].includes(why))).toEqual([]);

      const second = await trip.run({ network });
      expect(second.exitCode).toBe(0);
      expect(second.partRequests).toBeLessThanOrEqual(goneIds.length);

      const callsBefore = new Map(trip.simulator.calls);
      expect(await trip.run({ network })).toMatchObject({ exitCode: 0, partRequests: 0 });
      expect(trip.simulator.calls.get('channels.getMessages')).toBe(callsBefore.get('channels.getMessages'));
      const { missing, records, folder } = await readArchive(trip.path());
      expect(missing.map(({ messageId }) => messageId)).toEqual(goneIds);
      for (const medium of missing) {
        expect(medium.media.unavailableReason).toMatch(reason);
        expect(medium).toMatchObject({ code: 'MEDIA_UNAVAILABLE', reason: medium.media.unavailableReason });
      }
      await expectFilesOfRecords(folder, records);
    },
  );

  it('are fetched after all when the second run is not refused', async () => {
    const chat = oldChat();
    await using trip = await SimulatedExport.start(chat.documents.world, DOCUMENTS_CHAT);
    expect((await trip.run({ network: { fault: refusing(chat, 'FILE_ID_INVALID') } })).exitCode).toBe(4);
    expect(await trip.run()).toMatchObject({ exitCode: 0, partRequests: chat.gone.size });
    expect((await readArchive(trip.path())).missing).toEqual([]);
  });

  it('still count where the line is at fault: then fewer at once may help', async () => {
    const chat = oldChat();
    await using trip = await SimulatedExport.start(chat.documents.world, DOCUMENTS_CHAT);
    const end = await trip.run({
      network: { fault: refusing(chat, 'INTERNAL') },
      client: { maxRetries: 0 },
    });
    expect(end.exitCode).toBe(4);
    expect(end.summary?.metrics.fallbackCount).toBe(1);
  });
});
