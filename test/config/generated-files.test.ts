import { expect, it } from 'vitest';

import { renderEnvExample } from '../../src/config/env-example.js';
import { readEnvironmentFile } from '../../src/config/environment.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { SETTING_KEYS, SETTINGS } from '../../src/config/settings.js';
import { renderSettingsDocument } from './settings-document.js';

// `vitest -u` writes them anew; in CI a difference fails.
it('.env.example says what the table of settings says', async () => {
  await expect(renderEnvExample()).toMatchFileSnapshot('../../.env.example');
});

it('docs/SETTINGS.md says what the table of settings says', async () => {
  await expect(await renderSettingsDocument()).toMatchFileSnapshot('../../docs/SETTINGS.md');
});

it('.env.example names every setting once, commented out', () => {
  const named = renderEnvExample()
    .split('\n')
    .flatMap((line) => /^#([A-Z0-9_]+)=/.exec(line)?.[1] ?? []);
  expect(named).toEqual(SETTING_KEYS.map((key) => SETTINGS[key].name));
});

it('.env.example changes nothing, copied as it is', () => {
  expect(readEnvironmentFile('.env.example')?.variables).toEqual({});
});

it('the defaults in .env.example are the defaults', () => {
  const uncommented = renderEnvExample().replaceAll(/^#(?=[A-Z0-9_]+=)/gm, '');
  const env = Object.fromEntries(
    uncommented
      .split('\n')
      .filter((line) => /^[A-Z0-9_]+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const options = { cwd: '/', platform: 'linux', homeDirectory: '/home/ada' } as const;
  expect(loadSettings({ ...options, env }).settings).toEqual(loadSettings({ ...options, env: {} }).settings);
});
