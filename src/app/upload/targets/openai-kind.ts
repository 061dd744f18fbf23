import { FILE_ID } from '../../../upload/targets/files-api/stored-file.js';
import { requiredSetting } from '../required-setting.js';
import type { TargetKind } from '../target-kind.js';
import { storePlace } from './store-place.js';

/** OpenAI's files, or what is compatible with them. */
export const openaiKind: TargetKind = {
  scheme: 'openai:',
  form: 'openai:',
  says: 'OpenAI files: up to 8 GB a file',
  open: async (place) => {
    const { OpenaiTarget } = await import('../../../upload/targets/openai/openai-target.js');
    return new OpenaiTarget({
      ...storePlace(place, place.settings.openaiBaseUrl, 'OPENAI_BASE_URL'),
      apiKey: requiredSetting(place, 'openaiApiKey'),
      purpose: place.settings.openaiFilePurpose,
    });
  },
  holds: ({ id }) => FILE_ID.test(id),
};
