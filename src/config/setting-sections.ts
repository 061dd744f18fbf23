/** What the settings are listed under, in this order. */
export const SECTIONS = {
  telegram: 'Telegram account',
  connection: 'Connection',
  export: 'Export',
  parallel: 'Parallel media',
  media: 'Media processing',
  program: 'Programs, logs and presets',
} as const;
