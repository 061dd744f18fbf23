import { expect, it } from 'vitest';

import { openTarget } from '../../../src/app/upload/open-target.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { errorMessage } from '../../../src/errors/chatferry-error.js';

const PROJECT = { SUPABASE_URL: 'https://abc.supabase.co', SUPABASE_KEY: 'swordfish' };

async function outcomeOf(spec: string, env: Readonly<Record<string, string>> = PROJECT): Promise<string> {
  const { settings } = loadSettings({ cwd: '/', env, platform: 'linux', homeDirectory: '/home/ada' });
  try {
    await using opened = await openTarget(spec, { settings, cwd: '/' });
    return opened.target.id;
  } catch (error) {
    expect(error).toMatchObject({ code: 'USAGE' });
    return errorMessage(error);
  }
}

it.each([
  ['supabase:chats', 'supabase://abc.supabase.co/chats'],
  ['supabase:chats/a/b/', 'supabase://abc.supabase.co/chats/a/b'],
  ['supabase://abc.supabase.co/chats/a', 'supabase://abc.supabase.co/chats/a'],
])('%s is a place in a bucket, and its id opens it again', async (spec, id) => {
  expect(await outcomeOf(spec)).toBe(id);
  expect(await outcomeOf(id)).toBe(id);
});

it.each(['supabase:', 'supabase:/', 'supabase:chats/../x', 'supabase:a bucket'])('%s names no bucket', async (spec) => {
  expect(await outcomeOf(spec)).toBe(`${spec} names no bucket. Write supabase:bucket or supabase:bucket/prefix.`);
});

it('needs the address of the project, over https, and a key', async () => {
  expect(await outcomeOf('supabase:chats', { SUPABASE_KEY: 'x' })).toMatch(/needs SUPABASE_URL/);
  expect(await outcomeOf('supabase:chats', { SUPABASE_URL: PROJECT.SUPABASE_URL })).toMatch(/needs SUPABASE_KEY/);
  const plain = { ...PROJECT, SUPABASE_URL: 'http://abc.supabase.co' };
  expect(await outcomeOf('supabase:chats', plain)).toMatch(/^SUPABASE_URL sends files to abc\.supabase\.co without/);
});

it('sends the key to no other project than that of the settings', async () => {
  expect(await outcomeOf('supabase://evil.example.org/chats')).toMatch(/another project than SUPABASE_URL/);
});

it('a manifest cannot have anything but an object of the place looked at', async () => {
  const { settings } = loadSettings({ cwd: '/', env: PROJECT, platform: 'linux', homeDirectory: '/home/ada' });
  await using opened = await openTarget('supabase:chats/a', { settings, cwd: '/' });
  expect(await opened.holds({ id: 'a/film.mp4', address: '' })).toBe(true);
  for (const id of ['', 'b/film.mp4', 'a/../b/film.mp4', 'a', 'https://evil.example.org/a/x']) {
    expect(await opened.holds({ id, address: '' }), id).toBe(false);
  }
});
