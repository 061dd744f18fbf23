import type { TargetFacts } from '../../target-facts.js';
import { statusOf } from './s3-failure.js';

/** What must be so at a key for a request to succeed. */
export type Condition = Readonly<Record<string, never>> | { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

const FACT = 's3-conditions';

/**
 * Conditions under which an object is written: nothing has its key yet, or what we looked at still has it
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html). Some stores refuse such requests; there,
 * the look before the upload must do.
 */
export class Conditions {
  #facts: TargetFacts | undefined;
  #areTaken = true;

  useFacts(facts: TargetFacts): void {
    this.#facts = facts;
    if (facts.get(FACT) === 'refused') this.#areTaken = false;
  }

  /**
   * @param replaces - The ETag of the object that may be replaced; undefined: there must be none. It goes without quotes, as
   *   AWS shows it: Ceph 16 takes it in no other form.
   */
  of(replaces: string | undefined): Condition {
    if (!this.#areTaken) return {};
    return replaces === undefined ? { IfNoneMatch: '*' } : { IfMatch: replaces };
  }

  /** Whether the store refused the condition itself. None is sent from then on. */
  isRefusedBy(error: unknown): boolean {
    if (!this.#areTaken || statusOf(error) !== 501) return false;
    this.#giveUp();
    return true;
  }

  /** Whether the store said that something else is there, and it is not. No condition is sent from then on. */
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
