// Loaded before the program: the optional packages that bring ffmpeg along are not installed. With a PATH that has no
// ffmpeg, this machine is one without it.
const Module = require('node:module');

const resolve = Module._resolveFilename;
Module._resolveFilename = function resolveOthers(request, ...rest) {
  if (/^@ff(?:mpeg|probe)-installer\//.test(request)) {
    throw Object.assign(new Error(`Cannot find module '${request}'`), { code: 'MODULE_NOT_FOUND' });
  }
  return resolve.call(this, request, ...rest);
};
