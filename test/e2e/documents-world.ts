import type { TlObject } from '../../src/simulator/tl/tl-object.js';
import { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import type { WorldFile, WorldPeer } from '../../src/simulator/world/world.js';

export const DOCUMENTS_CHAT = '@paper_trail';

/** A supergroup with documents alone, each announced as a test likes. */
export class DocumentsWorld {
  readonly world: WorldBuilder = new WorldBuilder({ seed: 33, homeDcId: 2 });
  readonly peer: WorldPeer;

  constructor() {
    this.world.addAccount({ userId: 7001n, phone: '9996627001', code: '22222' });
    this.world.addUser(7001n, { self: true, first_name: 'Ada', phone: '9996627001' });
    this.world.addUser(7002n, { first_name: 'Bob' });
    this.peer = this.world.addChannel(8002n, 'Paper trail', { megagroup: true, username: DOCUMENTS_CHAT.slice(1) });
  }

  /** @returns the ids of its message and of the document. */
  post(file: WorldFile, announcedBytes: number = file.sizeBytes): { readonly messageId: number; readonly id: bigint } {
    const document = this.world.addDocument({
      file,
      mimeType: 'application/octet-stream',
      attributes: [{ _: 'documentAttributeFilename', file_name: 'paper.bin' }],
    });
    const announced: TlObject = { ...document, size: BigInt(announcedBytes) };
    const from: TlObject = { _: 'peerUser', user_id: 7002n };
    const media: TlObject = { _: 'messageMediaDocument', document: announced };
    const messageId = this.world.post(this.peer, { message: 'A paper', from_id: from, media });
    return { messageId, id: document['id'] as bigint };
  }
}
