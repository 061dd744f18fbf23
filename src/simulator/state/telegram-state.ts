import { randomBytes } from 'node:crypto';
import { CdnFiles } from './cdn-files.js';
import type { AuthKey } from '../crypto/auth-key.js';
import type { SrpCheck } from '../crypto/srp.js';
import { FileReferences } from './file-references.js';
import type { Layers } from '../tl/layers.js';
import type { TlSchema } from '../tl/schema.js';
import { bytesIn, intIn, longIn } from '../tl/fields.js';
import { TlWriter } from '../tl/tl-writer.js';
import type { TlObject } from '../tl/tl-object.js';
import type { World } from '../world/world.js';

/** Where clients reach a data centre. */
export interface DcAddress {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** A data centre that has encrypted copies of files and nothing else, and proves itself with a key of its own. */
export interface CdnDcAddress extends DcAddress {
  /** PKCS#1. */
  readonly publicKeyPem: string;
}

/** A password that is being asked for: what the server keeps between the question and the answer. */
export interface OpenPasswordCheck {
  readonly userId: bigint;
  readonly check: SrpCheck;
}

export interface TelegramStateOptions {
  readonly world: World;
  readonly layers: Layers;
  readonly dcIds: readonly number[];
}

/** What all connections to all data centres share: who has which key, and the world they look at. */
export class TelegramState {
  readonly world: World;
  readonly layers: Layers;
  readonly references: FileReferences = new FileReferences();
  /** Filled in by the server as it starts to listen, in the order of the options. */
  readonly dcs: DcAddress[] = [];
  /** The same for CDN data centres. */
  readonly cdnDcs: CdnDcAddress[] = [];
  readonly cdnFiles: CdnFiles = new CdnFiles();
  /** Where every account lives: the first data centre. */
  readonly homeDcId: number;
  /** By key id; of all data centres. */
  readonly keys: Map<string, AuthKey> = new Map<string, AuthKey>();
  /** Exported authorisations that wait to be imported, by their bytes as hex. Each serves once. */
  readonly exportedLogins: Map<string, { readonly userId: bigint; readonly dcId: number }> = new Map<
    string,
    { readonly userId: bigint; readonly dcId: number }
  >();
  /** By SRP id. */
  readonly passwordChecks: Map<bigint, OpenPasswordCheck> = new Map<bigint, OpenPasswordCheck>();
  /** Open takeout sessions by id, with who has them. */
  readonly takeouts: Map<bigint, bigint> = new Map<bigint, bigint>();
  readonly #writers = new Map<TlSchema, TlWriter>();

  constructor({ world, layers, dcIds }: TelegramStateOptions) {
    this.world = world;
    this.layers = layers;
    this.homeDcId = dcIds[0] ?? 2;
  }

  /** The writer for a layer, shared so that what it remembers serves all clients. */
  writer(schema: TlSchema): TlWriter {
    let writer = this.#writers.get(schema);
    if (writer === undefined) {
      writer = new TlWriter({
        schema,
        knownLayers: this.layers.all,
        fileReference: (owner) => this.#referenceOf(owner),
      });
      this.#writers.set(schema, writer);
    }
    return writer;
  }

  expireFileReferences(): void {
    this.references.expire();
    for (const writer of this.#writers.values()) writer.forget();
  }

  /** A random id, as the server gives out to exports, takeouts and password checks. */
  randomId(): bigint {
    return randomBytes(8).readBigInt64LE();
  }

  #referenceOf(owner: TlObject): Uint8Array {
    // A world may bring a reference of its own, to see what a client does with a strange one.
    const own = bytesIn(owner, 'file_reference');
    if (own.length > 0) return own;
    return this.references.make({
      kind: owner._ === 'photo' ? 'photo' : 'document',
      id: longIn(owner, 'id'),
      accessHash: longIn(owner, 'access_hash'),
      dcId: intIn(owner, 'dc_id'),
    });
  }
}
