// Fails if a folder of the program or its tests has more files than a reader can survey.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const MAX_FILES = 20;
const ROOTS = ['src', 'test', 'scripts'];

/** @param {string} folder */
function folderSizes(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const own = [folder, entries.filter((entry) => entry.isFile()).length];
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => folderSizes(join(folder, entry.name)));
  return [own, ...below];
}

const sizes = ROOTS.flatMap(folderSizes);
const halls = sizes.filter(([, fileCount]) => fileCount > MAX_FILES);
for (const [folder, fileCount] of halls) {
  console.error(`${folder} has ${fileCount} files, and ${MAX_FILES} at most are easy to read: give it rooms.`);
}
console.log(`${sizes.length} folders, ${halls.length} with more than ${MAX_FILES} files`);
process.exit(halls.length > 0 ? 1 : 0);
