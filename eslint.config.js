import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * What a file outside src/disk may take of node:fs: it looks at names, or works on what is open already. Whatever opens,
 * makes, writes, renames, links or removes by a name goes through src/disk, which follows no link and waits for no pipe.
 */
const HARMLESS_FS = [
  ...['Dirent', 'FileHandle', 'PathLike', 'Stats', 'constants'],
  ...['access', 'existsSync', 'stat', 'statSync', 'lstat', 'lstatSync', 'statfs', 'realpathSync'],
  ...['readdir', 'readdirSync', 'opendir', 'readlink', 'readlinkSync'],
  ...['closeSync', 'fstatSync', 'readSync', 'writeSync'],
];
const FS_MESSAGE = 'Files are opened, made, replaced and removed by src/disk alone, see eslint.config.js.';

/** Files that need more, each kind with its reason. Only src/disk and src/bench may take all. */
const FS_EXCEPTIONS = [
  {
    why: 'reads what comes with the program',
    also: ['readFile', 'readFileSync'],
    files: ['src/cli/program.ts', 'src/source/telegram/wire/packets/aes-ige.ts', 'src/simulator/tl/layers.ts'],
  },
  {
    why: "reads the system's own files below /proc and /sys; the room is below src/disk",
    also: ['readFile'],
    files: ['src/memory/*.ts'],
  },
  {
    why: 'a log or report may be a device, a pipe or an open descriptor, by the choice of the user',
    also: ['open', 'openSync'],
    files: ['src/cli/report-file.ts', 'src/cli/terminal/log/log-file.ts'],
  },
  {
    why: 'gives the program of the installer package its executable bit',
    also: ['chmod'],
    files: ['src/media/ffmpeg/ffmpeg-binaries.ts'],
  },
];

function fsImports(also) {
  const allowImportNames = [...HARMLESS_FS, ...also];
  return {
    'no-restricted-imports': [
      'error',
      {
        paths: ['fs', 'node:fs', 'fs/promises', 'node:fs/promises'].map((name) => ({
          name,
          allowImportNames,
          message: FS_MESSAGE,
        })),
      },
    ],
    'no-restricted-syntax': [
      'error',
      { selector: 'ImportExpression[source.value=/^(node:)?fs(\\/promises)?$/]', message: FS_MESSAGE },
    ],
  };
}

export default defineConfig(
  globalIgnores(['dist', 'coverage', 'exports', 'bench-report']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  // More parameters are gathered in an options object.
  { rules: { 'max-params': ['error', { max: 3 }] } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only config/environment reads the environment.' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A template that prints a number is no accident.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  { files: ['src/cli/terminal/**'], rules: { 'no-console': 'off' } },
  {
    files: ['examples/**'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: 'test', package: 'node:test' }] },
      ],
    },
  },
  { files: ['src/config/environment.ts', '*.config.ts', 'test/**'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['src/**'],
    // The benchmark is for developers: it fills and empties folders that it has made beside the files that it measures.
    ignores: ['src/disk/**', 'src/bench/**'],
    rules: fsImports([]),
  },
  ...FS_EXCEPTIONS.map(({ files, also }) => ({ files, rules: fsImports(also) })),
  {
    files: ['test/**'],
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      // A test gets each column of its table as a parameter.
      'max-params': ['error', { max: 4 }],
    },
  },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        module: 'writable',
      },
    },
    rules: { 'no-console': 'off' },
  },
);
