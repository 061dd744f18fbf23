import { ChatferryError } from '../../errors/chatferry-error.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { blocksOf } from './pieces.js';
import { bareDataUrl } from './data-url.js';

const MOST_BYTES = 4 * 1024 * 1024;
const SVG = 'http://www.w3.org/2000/svg';
const XLINK = 'http://www.w3.org/1999/xlink';
const XML = 'http://www.w3.org/XML/1998/namespace';
/** Elements of SVG that are not drawn: descriptions and scripts. */
const NOT_DRAWN: ReadonlySet<string> = new Set(['metadata', 'title', 'desc', 'script', 'foreignObject']);
/** Attributes that do not affect the drawing. */
const DESCRIBING = /^(?:data-|aria-|on|role$)/;

/**
 * A drawing with only the elements and attributes of SVG itself, without descriptions, comments, scripts and private data of
 * drawing programs.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` if it is no well-formed XML, declares entities, or refers to other files.
 */
export function bareSvg(source: ByteSource): readonly Buffer[] {
  if (source.sizeBytes > MOST_BYTES) throw unable(`has ${source.sizeBytes} bytes; ${MOST_BYTES} are read`);
  const text = Buffer.concat([...blocksOf(source, [{ at: 0, sizeBytes: source.sizeBytes }])]).toString('utf8');
  if (text.includes('\0') || text.includes('\uFFFD')) throw unable('is not written in UTF-8');
  return [Buffer.from(new Drawing().bare(text.replace(/^\uFEFF/, '')), 'utf8')];
}

/** The namespaces that prefixes are bound to inside an element. */
type Prefixes = ReadonlyMap<string, string>;

interface Element {
  readonly name: string;
  readonly isKept: boolean;
  readonly isStyle: boolean;
  readonly prefixes: Prefixes;
}

/** Start and end of markup other than elements. */
const OTHERS: readonly (readonly [start: string, end: string])[] = [
  ['<!--', '-->'],
  ['<?', '?>'],
];
const TAG = /<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /\s+([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

class Drawing {
  readonly #open: Element[] = [];
  readonly #out: string[] = [];

  bare(text: string): string {
    for (let at = 0; at < text.length;) {
      const start = text.indexOf('<', at);
      this.#text(text.slice(at, start === -1 ? text.length : start));
      if (start === -1) break;
      at = this.#markup(text, start);
    }
    if (this.#open.length > 0) throw unable('breaks off');
    return this.#out.join('');
  }

  get #inner(): Element | undefined {
    return this.#open.at(-1);
  }

  #text(text: string): void {
    if (this.#inner?.isKept !== true) return;
    this.#out.push(this.#inner.isStyle ? bareStyle(text) : text);
  }

  /** @returns the offset of its end. */
  #markup(text: string, at: number): number {
    for (const [start, end] of OTHERS) if (text.startsWith(start, at)) return endOf(text, at + start.length, end);
    if (text.startsWith('<![CDATA[', at)) {
      const end = endOf(text, at, ']]>');
      if (this.#inner?.isKept === true) {
        const inside = text.slice(at + 9, end - 3);
        this.#out.push(`<![CDATA[${this.#inner.isStyle ? bareStyle(inside) : inside}]]>`);
      }
      return end;
    }
    if (text.startsWith('<!', at)) {
      const end = endOf(text, at, '>');
      if (text.slice(at, end).includes('[')) throw unable('declares entities');
      return end;
    }
    TAG.lastIndex = at;
    const found = TAG.exec(text);
    if (found === null) throw unable('is no whole XML');
    const [, slash, name = '', attributes = '', close] = found;
    if (slash === '/') this.#end(name);
    else this.#start(name, attributes, close === '/');
    return TAG.lastIndex;
  }

  #start(name: string, text: string, isEmpty: boolean): void {
    const attributes = [...text.matchAll(ATTRIBUTE)].map(
      ([, key = '', double, single = '']) => [key, double ?? single] as const,
    );
    const prefixes = new Map(this.#inner?.prefixes ?? [['xml', XML]]);
    for (const [key, value] of attributes) {
      if (key === 'xmlns') prefixes.set('', value);
      if (key.startsWith('xmlns:')) prefixes.set(key.slice(6), value);
    }
    const [prefix, local] = parted(name);
    const isOuterKept = this.#open.length === 0 || this.#inner?.isKept === true;
    const isSvg = (prefixes.get(prefix) ?? (prefix === '' ? SVG : undefined)) === SVG;
    const isKept = isOuterKept && isSvg && !NOT_DRAWN.has(local);
    if (this.#open.length === 0 && !isKept) throw unable('does not begin with a drawing');
    if (isKept) {
      const kept = attributes.map(([key, value]) => bareAttribute(key, value, prefixes)).join('');
      this.#out.push(`<${name}${kept}${isEmpty ? '/' : ''}>`);
    }
    if (!isEmpty) this.#open.push({ name, isKept, isStyle: local === 'style', prefixes });
  }

  #end(name: string): void {
    const element = this.#open.pop();
    if (element?.name !== name) throw unable('is no whole XML');
    if (element.isKept) this.#out.push(`</${name}>`);
  }
}

function bareAttribute(name: string, value: string, prefixes: Prefixes): string {
  const [prefix, local] = parted(name);
  const written = (text: string): string => ` ${name}="${text.replaceAll('"', '&quot;')}"`;
  if (name === 'xmlns' || prefix === 'xmlns') return [SVG, XLINK].includes(value) ? written(value) : '';
  const space = prefix === '' ? SVG : prefixes.get(prefix);
  if (space !== SVG && space !== XLINK && space !== XML) return '';
  if (DESCRIBING.test(local) || (space === XLINK && local === 'title')) return '';
  if (local === 'href') return written(bareReference(value));
  return written(local === 'style' || value.includes('url(') ? bareStyle(value) : value);
}

/** A reference to a part of the drawing, a URL, or an embedded picture. */
function bareReference(value: string): string {
  const trimmed = value.trim();
  if (/^(?:#|https?:|mailto:|$)/i.test(trimmed)) return value;
  if (/^data:/i.test(trimmed)) return bareDataUrl(trimmed.replaceAll(/\s+/g, ''));
  throw unable('names another file, which tells where it was made');
}

function bareStyle(css: string): string {
  const bare = css.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  if (/@import\s*["'](?!https?:)/i.test(bare)) throw unable('names another file, which tells where it was made');
  return bare.replaceAll(/url\(\s*(["']|&quot;)?([^"')]*?)\1\s*\)/g, (_, quote: string | undefined, value: string) => {
    const mark = quote ?? '';
    return `url(${mark}${bareReference(value)}${mark})`;
  });
}

function parted(name: string): readonly [prefix: string, local: string] {
  const [first = '', second] = name.split(':');
  return second === undefined ? ['', first] : [first, second];
}

function endOf(text: string, from: number, end: string): number {
  const found = text.indexOf(end, from);
  if (found === -1) throw unable('breaks off');
  return found + end.length;
}

function unable(what: string): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', `The drawing ${what}.`);
}
