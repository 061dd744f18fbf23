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
    description: 'Sent to a tus server as `Authorization: Bearer`. Not set: nothing is.',
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
    description: 'A key of the project that may write to the bucket.',
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
    description: 'Where the Gemini API is.',
    onlyFromYou: UPLOAD_PLACE,
  },
  openaiApiKey: {
    name: 'OPENAI_API_KEY',
    section: SECTIONS.stores,
    kind: text,
    description: 'A key of OpenAI, or of what is compatible with it.',
    secret: true,
    onlyFromYou: STORE_KEY,
  },
  openaiBaseUrl: {
    name: 'OPENAI_BASE_URL',
    section: SECTIONS.stores,
    kind: webAddress,
    defaultText: 'https://api.openai.com/v1',
    description: 'Where the API of OpenAI is, or of what is compatible with its files.',
    onlyFromYou: UPLOAD_PLACE,
  },
  openaiFilePurpose: {
    name: 'OPENAI_FILE_PURPOSE',
    section: SECTIONS.stores,
    kind: pattern(/^[\w-]{1,60}$/, 'a purpose that the store knows, such as user_data'),
    defaultText: 'user_data',
    description: 'What OpenAI is told that files are for.',
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
    description: 'Where the API of Kimi is: https://api.moonshot.ai/v1, or https://api.moonshot.cn/v1 in China.',
    onlyFromYou: UPLOAD_PLACE,
  },
  kimiParallelUploads: {
    name: 'KIMI_FILES_PARALLEL_UPLOADS',
    section: SECTIONS.stores,
    kind: boolean,
    defaultText: 'true',
    description: 'Whether several files go to Kimi at once. false sends one after the other.',
  },
  kimiMaxParallel: {
    name: 'KIMI_FILES_MAX_PARALLEL',
    section: SECTIONS.stores,
    kind: wholeNumber({ min: 0, max: 64, zeroMeans: 'that of UPLOAD_MAX_PARALLEL' }),
    defaultText: '0',
    description: 'The most requests at once to Kimi.',
  },
  kimiKeepFiles: {
    name: 'KIMI_KEEP_FILES',
    section: SECTIONS.stores,
    kind: boolean,
    defaultText: 'false',
    description: 'Whether files stay at Kimi once their text was fetched. false removes them.',
  },
  kimiFilePurpose: {
    name: 'KIMI_FILE_PURPOSE',
    section: SECTIONS.stores,
    kind: choice(['auto', 'file-extract', 'image', 'video']),
    defaultText: 'auto',
    description: 'What Kimi is told that files are for. auto: by their kind. With file-extract their text is fetched.',
  },
};
