/** Facts about a target for later runs. They are not secret and may be lost without harm. */
export interface TargetFacts {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}
