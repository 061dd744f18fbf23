import type { TargetFacts } from '../../target-facts.js';
import { statusOf } from './s3-failure.js';

/** The precondition of a request for its key. */
export type Condition = Readonly<Record<string, never>> | { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

const FACT = 's3-conditions';

/**
 * Conditions for writing an object: its key is unused, or still has the object that was checked before
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html). Some stores refuse such requests;
 * for these, the check before the upload has to suffice.
 */
export class Conditions {
  #facts: TargetFacts | undefined;
  #areTaken = true;

  useFacts(facts: TargetFacts): void {
    this.#facts = facts;
    if (facts.get(FACT) === 'refused') this.#areTaken = false;
  }

  /**
   * @param replaces - The ETag of the object that may be replaced; undefined: there must be none. It is sent without
   *   quotes, as AWS shows it, because Ceph 16 accepts no other form.
   */
  of(replaces: string | undefined): Condition {
    if (!this.#areTaken) return {};
    return replaces === undefined ? { IfNoneMatch: '*' } : { IfMatch: replaces };
  }

  /** Whether the store refused the condition itself. If so, no more conditions are sent. */
  isRefusedBy(error: unknown): boolean {
    if (!this.#areTaken || statusOf(error) !== 501) return false;
    this.#giveUp();
    return true;
  }

  /** Whether the store claimed that another object is there, although it is not. If so, no more conditions are sent. */
  isMisread(condition: Condition, foundEtag: string | undefined): boolean {
    if (!('IfMatch' in condition) || condition.IfMatch !== foundEtag) return false;
    this.#giveUp();
    return true;
  }

  #giveUp(): void {
    this.#areTaken = false;
    this.#facts?.set(FACT, 'refused');
  }
}
