import { InvalidArgumentError } from 'commander';

export interface NumberArgumentOptions {
  readonly min: number;
  /** @defaultValue the largest safe integer */
  readonly max?: number;
}

/** Parses the value of an option as a whole number within bounds, both included. */
export function wholeNumberArgument({
  min,
  max = Number.MAX_SAFE_INTEGER,
}: NumberArgumentOptions): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    const bounds =
      max === Number.MAX_SAFE_INTEGER ? `of ${String(min)} or more` : `from ${String(min)} to ${String(max)}`;
    throw new InvalidArgumentError(`It must be a whole number ${bounds}.`);
  };
}

/** Parses a comma list of whole numbers. */
export function wholeNumbersArgument(options: NumberArgumentOptions): (text: string) => readonly number[] {
  const parse = wholeNumberArgument(options);
  return (text) => text.split(',').map((part) => parse(part.trim()));
}
