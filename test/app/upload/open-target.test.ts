import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openTarget, TARGET_KINDS } from '../../../src/app/upload/open-target.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { errorMessage } from '../../../src/errors/chatferry-error.js';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-target-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

async function idOf(spec: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { settings } = loadSettings({ cwd, env, platform: 'linux', homeDirectory: '/home/ada' });
  await using opened = await openTarget(spec, { settings, cwd });
  const { id } = opened.target;
  await using again = await openTarget(id, { settings, cwd: '/' });
  expect(again.target.id).toBe(id); // Sessions and manifests name it by its id.
  return id;
}

/** What the user is told. */
async function refusalOf(spec: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  return idOf(spec, env).then(
    (id) => {
      throw new Error(`${spec} was opened as ${id}`);
    },
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'USAGE' });
      return errorMessage(error);
    },
  );
}

it('a relative folder starts at the working directory, and ~ at the home directory', async () => {
  expect(await idOf('dir:backup')).toBe(`dir:${join(cwd, 'backup')}`);
  expect(await idOf('DIR:/mnt/backup')).toBe(`dir:${resolve('/mnt/backup')}`);
  expect(await idOf('dir:~/backup')).toBe(`dir:${join(homedir(), 'backup')}`);
  expect(await idOf('dir:a@b?c#d')).toBe(`dir:${join(cwd, 'a@b?c#d')}`);
});

it('a folder without a name is refused', async () => {
  expect(await refusalOf('dir:')).toBe('dir: names no folder. Write dir:/path, such as dir:/mnt/backup.');
});

it('a folder whose name is not UTF-8 is refused, and none is made by another name', async () => {
  expect(await refusalOf('dir:back\u{FFFD}up')).toContain('"dir:back\u{FFFD}up" names nothing: it is not valid UTF-8');
  mkdirSync(join(cwd, 'back\u{FFFD}up')); // Somebody may call one so.
  expect(await idOf('dir:back\u{FFFD}up')).toBe(`dir:${join(cwd, 'back\u{FFFD}up')}`);
});

describe('what is no target', () => {
  it.each([
    ['ftp://host/x', '"ftp://host/x" is not a target. There are:'],
    ['dri:/mnt', '"dri:/mnt" is not a target. Did you mean dir:? There are:'],
    ['/mnt/backup', '"/mnt/backup" is not a target. A folder is written dir:/mnt/backup. There are:'],
    ['', '"" is not a target. There are:'],
  ])('"%s" is named, and all that there are follow', async (spec, head) => {
    const lines = (await refusalOf(spec)).split('\n');
    expect(lines[0]).toBe(head);
    expect(lines.slice(1).map((line) => line.trim().split(/\s{2,}/)[0])).toEqual(TARGET_KINDS.map(({ form }) => form));
  });
});

it.each(['tus+https://ada:swordfish@tus.example.org/files', 's3://swordfish@bucket/prefix', 'gemini:swordfish@'])(
  'a name or a password in %s is refused with where it belongs, and is not shown',
  async (spec) => {
    const refusal = await refusalOf(spec);
    expect(refusal).toMatch(/^\S*\*\*\*@.* contains a name or a password.*TUS_TOKEN/);
    expect(refusal).not.toContain('swordfish');
  },
);

it.each(['tus+https://tus.example.org/files?token=swordfish', 's3://bucket/prefix#swordfish'])(
  'what stands behind ? and # in %s is refused and is not shown',
  async (spec) => {
    const refusal = await refusalOf(spec);
    expect(refusal).toContain('Keys and tokens are set in the environment.');
    expect(refusal).not.toContain('swordfish');
  },
);

describe('a server without encryption', () => {
  it.each(['localhost:1080', '127.0.0.1:1080', '127.9.9.9', '[::1]:1080', '0x7f.1'])('may be %s', async (host) => {
    expect(await idOf(`tus+http://${host}/files`)).toContain('/files');
  });

  it.each(['tus.example.org', '127.0.0.1.example.org', 'localhost.example.org', '10.0.0.1', '[::ffff:10.0.0.1]'])(
    'may be %s only once the user allows it',
    async (host) => {
      const refusal = await refusalOf(`tus+http://${host}/files`);
      expect(refusal).toMatch(/without encryption.*Use https, or set UPLOAD_ALLOW_HTTP=true\.$/);
      expect(await idOf(`tus+http://${host}/files`, { UPLOAD_ALLOW_HTTP: 'true' })).toContain('/files');
    },
  );
});

describe('what a manifest says of a place', () => {
  async function holds(spec: string, id: string): Promise<boolean> {
    const { settings } = loadSettings({ cwd, env: {}, platform: 'linux', homeDirectory: '/home/ada' });
    await using opened = await openTarget(spec, { settings, cwd });
    return await opened.holds({ id, address: id });
  }

  it('is a file of a folder only below it, once links are followed', async () => {
    mkdirSync(join(cwd, 'there'));
    symlinkSync(cwd, join(cwd, 'there', 'out'));
    expect(await holds('dir:there', join(cwd, 'there', 'a.txt'))).toBe(true);
    for (const id of ['/etc/passwd', join(cwd, 'there', '..', 'a.txt'), join(cwd, 'there', 'out', 'a.txt'), 'a.txt'])
      expect(await holds('dir:there', id)).toBe(false);
  });

  it('is an upload of a server only at that server, or where that may send uploads on to', async () => {
    const server = 'tus+https://192.0.2.7/files';
    expect(await holds(server, 'https://192.0.2.7/files/1')).toBe(true);
    for (const id of [
      'http://127.0.0.1/1',
      'https://10.0.0.1/1',
      'https://169.254.169.254/latest',
      'file:///etc/passwd',
    ])
      expect(await holds(server, id)).toBe(false);
  });
});
