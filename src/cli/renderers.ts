import { ChatferryError } from '../errors/chatferry-error.js';
import { desktopJson } from '../render/desktop-json.js';
import type { Renderer } from '../render/renderer.js';

/** Every format that an archive can be rendered to. */
export const RENDERERS: readonly Renderer[] = [desktopJson];

/** @throws {ChatferryError} `USAGE`, naming the formats there are. */
export function rendererFor(format: string): Renderer {
  const renderer = RENDERERS.find((candidate) => candidate.format === format);
  if (renderer !== undefined) return renderer;
  const known = RENDERERS.map((candidate) => candidate.format).join(', ');
  throw new ChatferryError('USAGE', `There is no format "${format}". Formats: ${known}.`);
}
