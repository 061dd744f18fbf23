/** Of the longer side of a thumbnail: sharp on a screen of double density in a column of 160 points. */
export const THUMBNAIL_PIXELS = 320;

/** Of the longer side of a smaller copy of a picture, at most. */
export const COPY_PIXELS = 2560;
