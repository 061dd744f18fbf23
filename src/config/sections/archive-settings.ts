import { choice, path } from '../setting-kind.js';
import { SECTIONS } from '../setting-sections.js';
import type { Setting } from '../setting.js';
import { PLACE_OUTSIDE, READERS } from '../trust/only-from-you.js';

/** Where the archive is, and whose. */
export interface ArchiveSettings {
  readonly exportDir: string;
  readonly archiveMode: 'private' | 'shared';
}

/** The part of the table of settings that is about the archive. */
export const ARCHIVE_SETTINGS: { readonly [Key in keyof ArchiveSettings]-?: Setting<ArchiveSettings[Key]> } = {
  exportDir: {
    name: 'EXPORT_DIR',
    section: SECTIONS.export,
    kind: path,
    defaultText: 'exports',
    description: 'The directory of the archive.',
    path: true,
    flag: '--out',
    onlyFromYou: PLACE_OUTSIDE,
  },
  archiveMode: {
    name: 'ARCHIVE_MODE',
    section: SECTIONS.export,
    kind: choice(['private', 'shared']),
    defaultText: 'private',
    description:
      'Who may read a new archive. private: only this user. shared: as the umask allows. An existing archive keeps its permissions. Windows uses its own permissions.',
    onlyFromYou: READERS,
  },
};
