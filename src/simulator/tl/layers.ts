import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { parseSchemaJson } from './schema-json.js';
import { parseSchemaText } from './schema-text.js';
import { TlSchema } from './schema.js';

const require = createRequire(import.meta.url);

/** The layers that the server supports. */
export interface Layers {
  /** The constructors and methods of MTProto itself, which are the same in all layers. */
  readonly protocol: TlSchema;
  /** At least one, in ascending order of layer. */
  readonly all: readonly TlSchema[];
  /** The best layer for a client of `layer`: the highest that is not above it, else the lowest. */
  forClient(layer: number): TlSchema;
}

let loaded: Layers | undefined;

/**
 * Reads the schemas of the installed client packages as text: that of the `telegram` package, and that of mtcute if it
 * is installed. This program has no copies of them, so a newer package adds its newer layer.
 *
 * @throws {ChatferryError} `UNDECODABLE` if the schema is not at its expected place in a package.
 */
export function loadLayers(): Layers {
  loaded ??= readLayers();
  return loaded;
}

function readLayers(): Layers {
  const generated = readFileSync(require.resolve('telegram/tl/AllTLObjects.js'), 'utf8');
  const layer = Number(/LAYER = (\d+)/.exec(generated)?.[1]);
  const api = templateText('telegram/tl/apiTl.js');
  const protocol = templateText('telegram/tl/schemaTl.js');
  if (!Number.isInteger(layer)) {
    throw new ChatferryError('UNDECODABLE', 'The package "telegram" has no LAYER. Install telegram 2.26.22.');
  }
  const all = [new TlSchema(layer, parseSchemaText(api)), ...mtcuteLayer()].sort((a, b) => a.layer - b.layer);
  return {
    protocol: new TlSchema(0, parseSchemaText(protocol, { stringsAreBytes: true })),
    all,
    forClient: (wanted) => all.findLast((schema) => schema.layer <= wanted) ?? oldest(all),
  };
}

function oldest(all: readonly TlSchema[]): TlSchema {
  const [first] = all;
  if (first === undefined) throw new ChatferryError('INTERNAL', 'No schema was read.');
  return first;
}

/** The text of `module.exports = \`…\``, without running the module. */
function templateText(file: string): string {
  const text = /`([^`]*)`/.exec(readFileSync(require.resolve(file), 'utf8'))?.[1];
  if (text === undefined) {
    throw new ChatferryError('UNDECODABLE', `No schema text in "${file}". Install telegram 2.26.22.`);
  }
  return text;
}

function mtcuteLayer(): TlSchema[] {
  let file: string;
  try {
    file = require.resolve('@mtcute/core/tl/api-schema.json');
  } catch {
    return []; // Not installed. Clients of its layer are served in the nearest one.
  }
  const { layer, definitions } = parseSchemaJson(readFileSync(file, 'utf8'));
  return [new TlSchema(layer, definitions)];
}
