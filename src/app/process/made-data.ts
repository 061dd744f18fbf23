import { DERIVATIVE_KIND, DESCRIPTION } from '../../archive/checks/description-shapes.js';
import { amount, count, list, record, type Shape, text } from '../../archive/checks/shape.js';
import type { DescribedMedia } from '../../media/media-job.js';

/** {@link DescribedMedia}, as `made.db` has it. */
const DESCRIBED: Shape = record({
  sha256: text,
  sizeBytes: count,
  'rightExtension?': text,
  ...DESCRIPTION,
  derivatives: list(
    record({
      kind: DERIVATIVE_KIND,
      path: text,
      sizeBytes: count,
      mimeType: text,
      'width?': amount,
      'height?': amount,
    }),
  ),
});

/**
 * The description of a file in `made.db`. The folder is untrusted: a description with an unknown shape, or of other
 * bytes than its row, counts as not made.
 *
 * @param json - Of the column `data`.
 * @param sha256 - Of the same row.
 */
export function describedBefore(json: string, sha256: string): DescribedMedia | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (DESCRIBED(value) !== undefined) return undefined;
  const described = value as DescribedMedia;
  return described.sha256 === sha256 ? described : undefined;
}
