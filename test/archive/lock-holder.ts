// Opens the archive in the directory that it is given, says so, and holds it until it is killed.
import { Archive } from '../../src/archive/archive.js';

await Archive.open(process.argv[2] ?? '');
process.stdout.write('open\n');
setInterval(() => undefined, 60_000);
