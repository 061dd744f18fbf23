/** Rises when the same file would be described otherwise, or other things would be made of it. */
export const RECIPE_VERSION = 2;
