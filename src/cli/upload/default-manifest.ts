/** The default manifest of uploads, in the working directory. */
export const DEFAULT_MANIFEST = 'upload-manifest.json';
