import { chooseUploads } from '../../app/upload/items/choose-uploads.js';
import type { ItemsOpening } from '../../app/upload/items/items-opening.js';
import type { LeftOutThere } from '../../app/upload/items/left-out.js';
import { renamedItems } from '../../app/upload/renamed-items.js';
import type { OpenedItems } from '../../app/upload/upload-job.js';
import type { UploadCheck } from '../../upload/target-run.js';
import type { Settings } from '../../config/settings.js';
import type { DisplayKind } from './upload-display.js';

/** What the options of the command say. */
export interface UploadOptions {
  readonly to?: readonly string[];
  readonly session?: string;
  readonly name?: string;
  readonly progress?: DisplayKind;
  readonly sequential?: true;
  readonly check?: UploadCheck;
  readonly manifest?: string;
  readonly dryRun?: true;
  readonly account?: string;
}

export interface UploadRequest {
  readonly what: readonly string[];
  readonly options: UploadOptions;
  readonly cwd: string;
}

export interface ItemsOpenerOptions {
  readonly settings: Settings;
  readonly onNote: (text: string) => void;
  /** Called with entries that are not sent, for programs. */
  readonly onLeftOut?: ((there: LeftOutThere) => void) | undefined;
  /** Absolute; not sent where they lie below a folder that is. */
  readonly leftOut?: readonly string[];
}

/** @returns a function that opens the named files; each call begins a new pass. */
export function itemsOpener(
  { what, options, cwd }: UploadRequest,
  { settings, onNote, onLeftOut, leftOut = [] }: ItemsOpenerOptions,
): (opening: ItemsOpening) => Promise<OpenedItems> {
  // Files are opened again for each target; entries left out are reported once.
  const said = new Set<string>();
  const sayOnce = (text: string): void => {
    if (!said.has(text)) onNote(text);
    said.add(text);
  };
  return async (opening) => {
    const chosen = await chooseUploads({
      ...opening,
      written: what,
      cwd,
      exportDir: settings.exportDir,
      account: options.account,
      leftOut,
      onNote: sayOnce,
      onLeftOut,
    });
    return options.name === undefined ? chosen : renamedItems(chosen, options.name);
  };
}
