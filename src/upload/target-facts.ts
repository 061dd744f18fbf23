/** Facts about a target that hold for later runs. They are no secrets and may be lost without harm. */
export interface TargetFacts {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}
