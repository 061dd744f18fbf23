import { FILE_ID } from '../../../upload/targets/files-api/stored-file.js';
import { requiredSetting } from '../required-setting.js';
import type { TargetKind, TargetSettings } from '../target-kind.js';
import { storePlace } from './store-place.js';

/** Kimi's files, whose text is fetched into `extracted/`, beside the manifest. */
export const kimiKind: TargetKind = {
  scheme: 'kimi:',
  form: 'kimi:',
  says: 'Kimi (Moonshot) files: up to 100 MB a file; their text is fetched into extracted/',
  open: async (place) => {
    const { KimiTarget } = await import('../../../upload/targets/kimi/kimi-target.js');
    const { settings, outputFolder } = place;
    return new KimiTarget({
      ...storePlace(place, settings.kimiBaseUrl, 'KIMI_BASE_URL'),
      apiKey: requiredSetting(place, 'kimiApiKey'),
      purpose: settings.kimiFilePurpose,
      keepFiles: settings.kimiKeepFiles,
      outputFolder,
      ...mostParallelOf(settings),
    });
  },
  holds: ({ id }) => FILE_ID.test(id),
};

function mostParallelOf({ kimiParallelUploads, kimiMaxParallel }: TargetSettings): { readonly maxParallel?: number } {
  if (!kimiParallelUploads) return { maxParallel: 1 };
  return kimiMaxParallel === 0 ? {} : { maxParallel: kimiMaxParallel };
}
