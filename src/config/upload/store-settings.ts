import { boolean, choice, pattern, text, wholeNumber } from '../setting-kind.js';
import { SECTIONS } from '../setting-sections.js';
import type { Setting } from '../setting.js';
import { STORE_KEY, UPLOAD_PLACE } from '../trust/only-from-you.js';
import { webAddress } from './web-address.js';

/** What tus servers and the stores of Supabase, Google, OpenAI and Moonshot need to know. */
export interface StoreSettings {
  readonly tusToken: string | undefined;
  readonly supabaseUrl: URL | undefined;
  readonly supabaseKey: string | undefined;
  readonly geminiApiKey: string | undefined;
  readonly geminiBaseUrl: URL;
  readonly openaiApiKey: string | undefined;
  readonly openaiBaseUrl: URL;
  readonly openaiFilePurpose: string;
  readonly kimiApiKey: string | undefined;
  readonly kimiBaseUrl: URL;
  readonly kimiParallelUploads: boolean;
  /** 0: UPLOAD_MAX_PARALLEL. */
  readonly kimiMaxParallel: number;
  readonly kimiKeepFiles: boolean;
  readonly kimiFilePurpose: 'auto' | 'file-extract' | 'image' | 'video';
}

/** The part of the table of settings that is about stores with an interface of their own. */
export const STORE_SETTINGS: { readonly [Key in keyof StoreSettings]-?: Setting<StoreSettings[Key]> } = {
  tusToken: {
    name: 'TUS_TOKEN',
    section: SECTIONS.stores,
    kind: text,
    description: 'The token that is sent to a tus server as `Authorization: Bearer`. Not set: none is sent.',
    secret: true,
    onlyFromYou: STORE_KEY,
  },
  supabaseUrl: {
    name: 'SUPABASE_URL',
    section: SECTIONS.stores,
    kind: webAddress,
    description: 'The address of the project, such as https://abcdefgh.supabase.co.',
    onlyFromYou: UPLOAD_PLACE,
  },
  supabaseKey: {
    name: 'SUPABASE_KEY',
    section: SECTIONS.stores,
    kind: text,
    description: 'A key of the project with write access to the bucket.',
    secret: true,
    onlyFromYou: STORE_KEY,
  },
  geminiApiKey: {
    name: 'GEMINI_API_KEY',
    section: SECTIONS.stores,
    kind: text,
    description: 'A key from https://aistudio.google.com/apikey.',
    secret: true,
    onlyFromYou: STORE_KEY,
  },
  geminiBaseUrl: {
    name: 'GEMINI_BASE_URL',
    section: SECTIONS.stores,
    kind: webAddress,
    defaultText: 'https://generativelanguage.googleapis.com',
    description: 'The address of the Gemini API.',
    onlyFromYou: UPLOAD_PLACE,
  },
  openaiApiKey: {
    name: 'OPENAI_API_KEY',
    section: SECTIONS.stores,
    kind: text,
    description: 'A key of OpenAI, or of a compatible service.',
    secret: true,
    onlyFromYou: STORE_KEY,
  },
  openaiBaseUrl: {
    name: 'OPENAI_BASE_URL',
    section: SECTIONS.stores,
    kind: webAddress,
    defaultText: 'https://api.openai.com/v1',
    description: 'The address of the OpenAI API, or of a service with a compatible files API.',
    onlyFromYou: UPLOAD_PLACE,
  },
  openaiFilePurpose: {
    name: 'OPENAI_FILE_PURPOSE',
    section: SECTIONS.stores,
    kind: pattern(/^[\w-]{1,60}$/, 'a purpose that the store knows, such as user_data'),
    defaultText: 'user_data',
    description: 'The `purpose` that is sent to OpenAI with each file.',
  },
  kimiApiKey: {
    name: 'KIMI_API_KEY',
    section: SECTIONS.stores,
    kind: text,
    description: 'A key of Kimi (Moonshot).',
    secret: true,
    onlyFromYou: STORE_KEY,
  },
  kimiBaseUrl: {
    name: 'KIMI_BASE_URL',
    section: SECTIONS.stores,
    kind: webAddress,
    defaultText: 'https://api.moonshot.ai/v1',
    description: 'The address of the Kimi API: https://api.moonshot.ai/v1, or https://api.moonshot.cn/v1 in China.',
    onlyFromYou: UPLOAD_PLACE,
  },
  kimiParallelUploads: {
    name: 'KIMI_FILES_PARALLEL_UPLOADS',
    section: SECTIONS.stores,
    kind: boolean,
    defaultText: 'true',
    description: 'Sends several files to Kimi at once. false sends one after the other.',
  },
  kimiMaxParallel: {
    name: 'KIMI_FILES_MAX_PARALLEL',
    section: SECTIONS.stores,
    kind: wholeNumber({ min: 0, max: 64, zeroMeans: 'that of UPLOAD_MAX_PARALLEL' }),
    defaultText: '0',
    description: 'The largest number of requests to Kimi at once.',
  },
  kimiKeepFiles: {
    name: 'KIMI_KEEP_FILES',
    section: SECTIONS.stores,
    kind: boolean,
    defaultText: 'false',
    description: 'Keeps files at Kimi after their text was fetched. false removes them.',
  },
  kimiFilePurpose: {
    name: 'KIMI_FILE_PURPOSE',
    section: SECTIONS.stores,
    kind: choice(['auto', 'file-extract', 'image', 'video']),
    defaultText: 'auto',
    description:
      'The `purpose` that is sent to Kimi with each file. auto: depends on the kind of file. With file-extract, the text of the file is fetched.',
  },
};
