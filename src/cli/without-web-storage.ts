/**
 * Hides the Web Storage of Node.js 25 and newer from the libraries that this program loads. Merely reading `localStorage`
 * there prints an ExperimentalWarning unless Node was started with `--localstorage-file`, and store2, a dependency of
 * gramjs, reads it while it is loaded. Nothing here stores anything that way. Has to be the first import of the program.
 */
for (const name of ['localStorage', 'sessionStorage']) {
  Object.defineProperty(globalThis, name, { value: undefined, writable: true, configurable: true });
}
