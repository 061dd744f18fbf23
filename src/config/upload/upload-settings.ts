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
      'Where an export uploads its files to as it goes, each as soon as it is safe on the disk: targets as `chatferry upload --to` takes them, with commas between them. Not set: nowhere.',
    onlyFromYou: UPLOAD_PLACE,
    flag: '--upload-to',
  },
  uploadChunkBytes: {
    name: 'UPLOAD_CHUNK_SIZE',
    section: SECTIONS.upload,
    kind: byteSize({ min: 64 * KB, max: 5 * GB, zeroMeans: 'by the size of the file' }),
    defaultText: '0',
    description:
      'The size of the parts that a file is sent in. What the target demands goes before it: its smallest and largest part, and its most parts.',
    flag: '--chunk-size',
  },
  uploadMaxParallel: {
    name: 'UPLOAD_MAX_PARALLEL',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 1, max: 64 }),
    defaultText: '3',
    description:
      'The most requests at once to one target, for files and parts of files together. 1: one after the other.',
    flag: '--max-parallel',
  },
  uploadMaxRetries: {
    name: 'UPLOAD_MAX_RETRIES',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 0, max: 100 }),
    defaultText: '5',
    description: 'How often a request is tried again that failed for a while, with growing pauses.',
  },
  uploadSessionDir: {
    name: 'UPLOAD_SESSION_DIR',
    section: SECTIONS.upload,
    kind: path,
    defaultFrom: {
      describe: 'uploads in the configuration folder of this user',
      make: (context) => {
        const folder = configurationFolder(context);
        return folder === undefined ? undefined : `${folder}/uploads`;
      },
    },
    description: 'Where uploads keep what is needed to go on with them, and what they have sent already.',
    path: true,
    onlyFromYou: UPLOAD_SESSIONS,
  },
  uploadSessionLifeMs: {
    name: 'UPLOAD_SESSION_EXPIRY_HOURS',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 1, max: 8760, multiplier: 3_600_000 }),
    defaultText: '48',
    description:
      'Hours after which an upload that was begun is given up. A target that forgets earlier goes before it.',
  },
  uploadParallelPercent: {
    name: 'UPLOAD_PARALLEL_PERCENT',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 0, max: 100 }),
    defaultText: '100',
    description:
      'How many of 100 files may be sent in parallel, chosen by their content; the others go one after the other. For trying a target out.',
  },
  uploadBandwidthLimit: {
    name: 'UPLOAD_BANDWIDTH_LIMIT',
    section: SECTIONS.upload,
    kind: byteSize({ min: KB, max: 100 * GB, zeroMeans: 'no limit' }),
    defaultText: '0',
    description: 'Bytes a second that all uploads of a run send together at most.',
    flag: '--bandwidth',
  },
  uploadBandwidthBurstSeconds: {
    name: 'UPLOAD_BANDWIDTH_BURST_SECONDS',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 1, max: 60 }),
    defaultText: '2',
    description: "How many seconds' worth of the bandwidth may be sent at once after a pause.",
  },
  uploadBandwidthAdaptive: {
    name: 'UPLOAD_BANDWIDTH_ADAPTIVE',
    section: SECTIONS.upload,
    kind: boolean,
    defaultText: 'false',
    description:
      'Lets the bandwidth follow the line: a tenth more after ten good parts, a fifth less after three bad ones. Never more than UPLOAD_BANDWIDTH_LIMIT; where that is not set, it begins at the speed at which parts first failed.',
  },
  uploadCompress: {
    name: 'UPLOAD_COMPRESS',
    section: SECTIONS.upload,
    kind: boolean,
    defaultText: 'false',
    description:
      'Sends files that shrink as gzip where the target can say so, so that who fetches them gets the original back.',
  },
  uploadTimeoutMs: {
    name: 'UPLOAD_TIMEOUT_SECONDS',
    section: SECTIONS.upload,
    kind: wholeNumber({ min: 1, max: 3600, multiplier: 1000 }),
    defaultText: '60',
    description: 'Seconds without an answer after which a request of an upload is given up and tried again.',
  },
  uploadAllowHttp: {
    name: 'UPLOAD_ALLOW_HTTP',
    section: SECTIONS.upload,
    kind: boolean,
    defaultText: 'false',
    description:
      'Uploads also without encryption to other machines than this one, where anybody on the way can read along.',
    onlyFromYou: PLAIN_TEXT,
  },
  uploadAllowPrivateRedirects: {
    name: 'UPLOAD_ALLOW_PRIVATE_REDIRECTS',
    section: SECTIONS.upload,
    kind: boolean,
    defaultText: 'false',
    description: 'Follows a server that sends an upload on to an address of a private network, or to plain http.',
    onlyFromYou: PRIVATE_REDIRECTS,
  },
};
