/** What was found out about a target once, and holds for later runs. It is no secret, and can be lost without harm. */
export interface TargetFacts {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}
