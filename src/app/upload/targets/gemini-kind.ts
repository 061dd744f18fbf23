import { requiredSetting } from '../required-setting.js';
import type { TargetKind } from '../target-kind.js';
import { storePlace } from './store-place.js';

/** Gemini's Files. */
export const geminiKind: TargetKind = {
  scheme: 'gemini:',
  form: 'gemini:',
  says: 'Gemini Files: up to 2 GB a file, gone after 48 hours',
  open: async (place) => {
    const { GeminiTarget } = await import('../../../upload/targets/gemini/gemini-target.js');
    return new GeminiTarget({
      ...storePlace(place, place.settings.geminiBaseUrl, 'GEMINI_BASE_URL'),
      apiKey: requiredSetting(place, 'geminiApiKey'),
      allowPrivateRedirects: place.settings.uploadAllowPrivateRedirects,
    });
  },
  holds: ({ id }) => /^files\/[\w-]{1,64}$/.test(id),
};
