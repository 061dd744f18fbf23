/** The longer side of a thumbnail at most: sharp on a display of double density in a column of 160 points. */
export const THUMBNAIL_PIXELS = 320;

/** The longer side of a smaller copy of a picture, at most. */
export const COPY_PIXELS = 2560;
