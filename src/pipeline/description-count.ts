/** What was described in a run. */
export interface DescriptionCount {
  /** Contents that were looked into. */
  readonly describedCount: number;
  /** Contents that another chat had the description of. */
  readonly sharedCount: number;
  readonly derivativeCount: number;
  readonly derivativeBytes: number;
  /** Smaller copies among them, and how many bytes smaller than their originals they are. */
  readonly copyCount: number;
  readonly copySavedBytes: number;
  /** Contents whose original gave way to a smaller copy, and the bytes that saved. Absent where originals are kept. */
  readonly replacedCount?: number;
  readonly savedBytes?: number;
  /** Contents whose original stayed, because the copy could not be proved to hold all of it. */
  readonly keptCount?: number;
}
