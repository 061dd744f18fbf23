// Loaded before the program: one of its threads waits for a disk that never answers, as a network disk may not. A pipe that
// nobody writes to is such a disk.
const { execFileSync } = require('node:child_process');
const { open } = require('node:fs');
const { join } = require('node:path');

const pipe = process.env.STUCK_PIPE;
if (pipe !== undefined && require('node:worker_threads').isMainThread) {
  execFileSync('mkfifo', [join(pipe, String(process.pid))]);
  open(join(pipe, String(process.pid)), 'r', () => undefined);
}
