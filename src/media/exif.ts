import readExifBlock from 'exif-reader';

import type { MediaFacts, Position } from './media-facts.js';

/**
 * When and where a picture was taken, of an EXIF block as sharp gives it. Nothing of a block that cannot be read: it says
 * nothing of the picture.
 */
export function readExif(block: Buffer): Pick<MediaFacts, 'takenAt' | 'position'> {
  let exif: ReturnType<typeof readExifBlock>;
  try {
    exif = readExifBlock(block);
  } catch {
    return {};
  }
  const takenAt = exif.Photo?.DateTimeOriginal ?? exif.Image?.DateTime;
  const position = positionOf(exif.GPSInfo);
  return {
    ...(takenAt instanceof Date && !Number.isNaN(takenAt.getTime())
      ? // The block has no zone; the reader puts its figures into UTC.
        { takenAt: takenAt.toISOString().slice(0, 19) }
      : {}),
    ...(position === undefined ? {} : { position }),
  };
}

type GpsTags = NonNullable<ReturnType<typeof readExifBlock>['GPSInfo']>;

function positionOf(gps: GpsTags | undefined): Position | undefined {
  const latitude = degrees(gps?.GPSLatitude, gps?.GPSLatitudeRef === 'S');
  const longitude = degrees(gps?.GPSLongitude, gps?.GPSLongitudeRef === 'W');
  if (latitude === undefined || longitude === undefined) return undefined;
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}

function degrees(angle: unknown, isNegative: boolean): number | undefined {
  if (!Array.isArray(angle)) return undefined;
  const [whole = NaN, minutes = 0, seconds = 0] = angle.map(Number);
  const value = whole + minutes / 60 + seconds / 3600;
  return Number.isFinite(value) ? Number((isNegative ? -value : value).toFixed(6)) : undefined;
}
