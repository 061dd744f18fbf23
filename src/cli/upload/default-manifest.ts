/** Where uploads write down what is where, in the working directory, unless they are told another place. */
export const DEFAULT_MANIFEST = 'upload-manifest.json';
