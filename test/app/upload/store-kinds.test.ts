import { expect, it } from 'vitest';

import { openTarget } from '../../../src/app/upload/open-target.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { errorMessage } from '../../../src/errors/chatferry-error.js';

const STORES = [
  ['gemini:', 'GEMINI', 'gemini:generativelanguage.googleapis.com', 'files/abc-123'],
  ['openai:', 'OPENAI', 'openai:api.openai.com', 'file-abc123'],
  ['kimi:', 'KIMI', 'kimi:api.moonshot.ai', 'd0abc123'],
] as const;
const KEYS = { GEMINI_API_KEY: 'a', OPENAI_API_KEY: 'b', KIMI_API_KEY: 'c' };

async function outcomeOf(spec: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { settings } = loadSettings({ cwd: '/', env, platform: 'linux', homeDirectory: '/home/ada' });
  try {
    await using opened = await openTarget(spec, { settings, cwd: '/' });
    const { id } = opened.target;
    await using again = await openTarget(id, { settings, cwd: '/' });
    expect(again.target.id).toBe(id); // Sessions and manifests name it by its id.
    return id;
  } catch (error) {
    expect(error).toMatchObject({ code: 'USAGE' });
    return errorMessage(error);
  }
}

it.each(STORES)('%s needs its key, which is named', async (spec, prefix, id) => {
  expect(await outcomeOf(spec, {})).toMatch(
    new RegExp(`^${spec} needs ${prefix}_API_KEY\\. Set it in the environment`),
  );
  expect(await outcomeOf(spec, { [`${prefix}_API_KEY`]: 'swordfish' })).toBe(id);
});

it.each(STORES)('%s is where its setting says, encrypted unless it is this machine', async (spec, prefix) => {
  const key = { [`${prefix}_API_KEY`]: 'swordfish' };
  const at = (url: string, more = {}) => outcomeOf(spec, { ...key, ...more, [`${prefix}_BASE_URL`]: url });
  expect(await at('https://store.example.org/v1')).toContain('store.example.org');
  expect(await at('http://127.0.0.1:4711')).toContain('127.0.0.1:4711');
  expect(await at('http://store.example.org')).toMatch(
    new RegExp(`^${prefix}_BASE_URL sends files to store\\.example\\.org without`),
  );
  expect(await at('http://store.example.org', { UPLOAD_ALLOW_HTTP: 'true' })).toContain('store.example.org');
});

it.each(STORES)('%s has no folders', async (spec, prefix) => {
  const said = await outcomeOf(`${spec}photos`, { [`${prefix}_API_KEY`]: 'swordfish' });
  expect(said).toContain(`${spec}photos has something after ${spec}, but this store has no folders`);
});

it.each(STORES)('%s takes no host but that of its setting: it would get the key', async (spec, prefix) => {
  const said = await outcomeOf(`${spec}evil.example.org`, { [`${prefix}_API_KEY`]: 'swordfish' });
  expect(said).toContain(`set ${prefix}_BASE_URL for another one`);
});

it('a manifest cannot have anything but a file of the store looked at', async () => {
  const { settings } = loadSettings({ cwd: '/', env: KEYS, platform: 'linux', homeDirectory: '/home/ada' });
  for (const [spec, , , id] of STORES) {
    await using opened = await openTarget(spec, { settings, cwd: '/' });
    expect(await opened.holds({ id, address: '' })).toBe(true);
    for (const other of ['', '../models', `${id}/../../x`, 'https://evil.example.org/', `${id}?key=1`]) {
      expect(await opened.holds({ id: other, address: '' }), other).toBe(false);
    }
  }
});

it.each([
  [{}, undefined],
  [{ KIMI_FILES_PARALLEL_UPLOADS: 'false' }, 1],
  [{ KIMI_FILES_PARALLEL_UPLOADS: 'false', KIMI_FILES_MAX_PARALLEL: '7' }, 1],
  [{ KIMI_FILES_MAX_PARALLEL: '7' }, 7],
])('kimi: with %j takes %s requests at a time', async (env, most) => {
  const all = { ...KEYS, ...env };
  const { settings } = loadSettings({ cwd: '/', env: all, platform: 'linux', homeDirectory: '/home/ada' });
  await using opened = await openTarget('kimi:', { settings, cwd: '/' });
  expect(opened.target.maxParallel).toBe(most);
});
