// Preloaded by `--import note-resolved.mjs?list=<file>`: appends the address of every module that a process resolves to
// that file. The file is named in the address because child processes do not inherit every variable.
import { appendFileSync } from 'node:fs';
import * as nodeModule from 'node:module';

const { searchParams } = new URL(import.meta.url);
const isHooksThread = searchParams.has('hooks');
const { register, registerHooks } = nodeModule;

/** @param {string} url */
function note(url) {
  appendFileSync(searchParams.get('list'), `${url}\n`);
}

/** Node 20 runs this in its hooks thread. Later versions use `registerHooks`. */
export async function resolve(specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context);
  note(resolved.url);
  return resolved;
}

if (!isHooksThread && registerHooks === undefined) register(`${import.meta.url}&hooks`);
if (!isHooksThread && registerHooks !== undefined) {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      note(resolved.url);
      return resolved;
    },
  });
}
