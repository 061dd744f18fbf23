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

/** The address of a data centre. */
export interface DcAddress {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** The address of a CDN data centre. CDNs have only encrypted copies of files, and each has its own key. */
export interface CdnDcAddress extends DcAddress {
  /** PKCS#1. */
  readonly publicKeyPem: string;
}

/** A password check between its challenge and the client's answer. */
export interface OpenPasswordCheck {
  readonly userId: bigint;
  readonly check: SrpCheck;
}

export interface TelegramStateOptions {
  readonly world: World;
  readonly layers: Layers;
  readonly dcIds: readonly number[];
}

/** The state that all connections to all data centres share: keys, logins and the world. */
export class TelegramState {
  readonly world: World;
  readonly layers: Layers;
  readonly references: FileReferences = new FileReferences();
  /** The data centres, in the order of the options. The server adds each when it listens. */
  readonly dcs: DcAddress[] = [];
  /** The CDN data centres. */
  readonly cdnDcs: CdnDcAddress[] = [];
  readonly cdnFiles: CdnFiles = new CdnFiles();
  /** The data centre of all accounts: the first one. */
  readonly homeDcId: number;
  /** The keys of all data centres, by key id. */
  readonly keys: Map<string, AuthKey> = new Map<string, AuthKey>();
  /** Exported authorisations that are not imported yet, by their bytes as hex. Each can be imported once. */
  readonly exportedLogins: Map<string, { readonly userId: bigint; readonly dcId: number }> = new Map<
    string,
    { readonly userId: bigint; readonly dcId: number }
  >();
  /** Open password checks, by SRP id. */
  readonly passwordChecks: Map<bigint, OpenPasswordCheck> = new Map<bigint, OpenPasswordCheck>();
  /** User ids of open takeout sessions, by session id. */
  readonly takeouts: Map<bigint, bigint> = new Map<bigint, bigint>();
  readonly #writers = new Map<TlSchema, TlWriter>();

  constructor({ world, layers, dcIds }: TelegramStateOptions) {
    this.world = world;
    this.layers = layers;
    this.homeDcId = dcIds[0] ?? 2;
  }

  /** The writer for a layer. All clients share it, and so its cache. */
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
    for (const writer of this.#writers.values()) writer.clearCache();
  }

  /** A random id for sessions, takeouts and password checks. */
  randomId(): bigint {
    return randomBytes(8).readBigInt64LE();
  }

  #referenceOf(owner: TlObject): Uint8Array {
    // A world may set its own reference, for tests with invalid ones.
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
