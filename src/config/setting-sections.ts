/** What the settings are listed under, in this order. */
export const SECTIONS = {
  telegram: 'Telegram account',
  connection: 'Connection',
  export: 'Export',
  parallel: 'Parallel media',
  media: 'Media processing',
  upload: 'Uploads',
  s3: 'S3-compatible stores',
  stores: 'Other stores',
  program: 'Programs, logs and presets',
} as const;
