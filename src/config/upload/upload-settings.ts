import { boolean, path, text, wholeNumber } from '../setting-kind.js';
import { configurationFolder } from '../setting-defaults.js';
import { SECTIONS } from '../setting-sections.js';
import type { Setting } from '../setting.js';
import { PLAIN_TEXT, PRIVATE_REDIRECTS, UPLOAD_PLACE, UPLOAD_SESSIONS } from '../trust/only-from-you.js';
import { byteSize } from './byte-size.js';

const KB = 1024;
const GB = 1024 ** 3;

/** How files are uploaded, wherever they go. */
export interface UploadSettings {
  /** Where an export brings its files as it goes: targets with commas between them. */
  readonly exportUploadTo: string | undefined;
  /** 0: by the size of the file. */
  readonly uploadChunkBytes: number;
  readonly uploadMaxParallel: number;
  readonly uploadMaxRetries: number;
  /** Undefined where this user has no configuration folder. */
  readonly uploadSessionDir: string | undefined;
  readonly uploadSessionLifeMs: number;
  readonly uploadParallelPercent: number;
  /** Bytes a second. 0: no limit. */
  readonly uploadBandwidthLimit: number;
  readonly uploadBandwidthBurstSeconds: number;
  readonly uploadBandwidthAdaptive: boolean;
  readonly uploadCompress: boolean;
  readonly uploadTimeoutMs: number;
  readonly uploadAllowHttp: boolean;
  readonly uploadAllowPrivateRedirects: boolean;
}

/** The part of the table of settings that is about uploads, wherever they go. */
export const UPLOAD_SETTINGS: { readonly [Key in keyof UploadSettings]-?: Setting<UploadSettings[Key]> } = {
  exportUploadTo: {
    name: 'EXPORT_UPLOAD_TO',
    section: SECTIONS.upload,
    kind: text,
    description:
      'Targets that an export uploads its files to, each file as soon as it is safe on disk. Separated by commas, in the syntax of `chatferry upload --to`. Not set: no uploads.',
    onlyFromYou: UPLOAD_PLACE,
    flag: '--upload-to',
  },
  uploadChunkBytes: {
    name: 'UPLOAD_CHUNK_SIZE',
    section: SECTIONS.upload,
    kind: byteSize({ min: 64 * KB, max: 5 * GB, zeroMeans: 'by the size of the file' }),
    defaultText: '0',
    description:
      'The size of the parts in which a file is sent. The limits of the target take precedence: smallest part, largest part, number of parts.',
    flag: '--chunk-size',
  },
  uploadMaxParallel: {
    name: 'UPLOAD_MAX_PARALLEL',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 1, max: 64 }),
    defaultText: '3',
    description:
      'The largest number of requests to one target at once, for files and parts together. 1: one after the other.',
    flag: '--max-parallel',
  },
  uploadMaxRetries: {
    name: 'UPLOAD_MAX_RETRIES',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 0, max: 100 }),
    defaultText: '5',
    description: 'How often a request that failed temporarily is retried, with growing pauses.',
  },
  uploadSessionDir: {
    name: 'UPLOAD_SESSION_DIR',
    section: SECTIONS.upload,
    kind: path,
    defaultFrom: {
      describe: 'uploads in your configuration folder',
      make: (context) => {
        const folder = configurationFolder(context);
        return folder === undefined ? undefined : `${folder}/uploads`;
      },
    },
    description: 'The folder in which uploads keep their sessions, and the record of what was sent.',
    path: true,
    onlyFromYou: UPLOAD_SESSIONS,
  },
  uploadSessionLifeMs: {
    name: 'UPLOAD_SESSION_EXPIRY_HOURS',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 1, max: 8760, multiplier: 3_600_000 }),
    defaultText: '48',
    description:
      'Hours after which an unfinished upload is no longer resumed. A shorter limit of the target takes precedence.',
  },
  uploadParallelPercent: {
    name: 'UPLOAD_PARALLEL_PERCENT',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 0, max: 100 }),
    defaultText: '100',
    description:
      'The percentage of files that are sent in parallel, chosen by their content. The others are sent one after the other. Use it to try a target out.',
  },
  uploadBandwidthLimit: {
    name: 'UPLOAD_BANDWIDTH_LIMIT',
    section: SECTIONS.upload,
    kind: byteSize({ min: KB, max: 100 * GB, zeroMeans: 'no limit' }),
    defaultText: '0',
    description: 'The largest number of bytes per second for all uploads of a run together.',
    flag: '--bandwidth',
  },
  uploadBandwidthBurstSeconds: {
    name: 'UPLOAD_BANDWIDTH_BURST_SECONDS',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 1, max: 60 }),
    defaultText: '2',
    description: 'The burst that is allowed after a pause, in seconds of the bandwidth limit.',
  },
  uploadBandwidthAdaptive: {
    name: 'UPLOAD_BANDWIDTH_ADAPTIVE',
    section: SECTIONS.upload,
    kind: boolean,
    defaultText: 'false',
    description:
      'Adapts the bandwidth to the connection: 10 % more after ten successful parts, 20 % less after three failed ones. UPLOAD_BANDWIDTH_LIMIT is the maximum; if it is not set, the limit starts at the speed at which parts first failed.',
  },
  uploadCompress: {
    name: 'UPLOAD_COMPRESS',
    section: SECTIONS.upload,
    kind: boolean,
    defaultText: 'false',
    description:
      'Compresses files with gzip where that makes them smaller and the target supports content encoding. Downloads give the original file.',
  },
  uploadTimeoutMs: {
    name: 'UPLOAD_TIMEOUT_SECONDS',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 1, max: 3600, multiplier: 1000 }),
    defaultText: '60',
    description: 'Seconds without an answer after which a request of an upload is retried.',
  },
  uploadAllowHttp: {
    name: 'UPLOAD_ALLOW_HTTP',
    section: SECTIONS.upload,
    kind: boolean,
    defaultText: 'false',
    description: 'Allows uploads to other machines without encryption. Anybody between the two machines can read them.',
    onlyFromYou: PLAIN_TEXT,
  },
  uploadAllowPrivateRedirects: {
    name: 'UPLOAD_ALLOW_PRIVATE_REDIRECTS',
    section: SECTIONS.upload,
    kind: boolean,
    defaultText: 'false',
    description: 'Follows redirects of an upload to an address in a private network, or to plain http.',
    onlyFromYou: PRIVATE_REDIRECTS,
  },
};
