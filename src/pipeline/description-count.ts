/** What was described in a run. */
export interface DescriptionCount {
  /** Contents that were analysed. */
  readonly describedCount: number;
  /** Contents whose description was taken from another chat. */
  readonly sharedCount: number;
  readonly derivativeCount: number;
  readonly derivativeBytes: number;
  /** Smaller copies among them, and how many bytes smaller than their originals they are. */
  readonly copyCount: number;
  readonly copySavedBytes: number;
  /** Contents whose original was replaced by a smaller copy, and the bytes saved. Absent if originals are kept. */
  readonly replacedCount?: number;
  readonly savedBytes?: number;
  /** Contents whose original was kept, because the copy could not be proved to hold all of it. */
  readonly keptCount?: number;
}
