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

export interface NumbersArgumentOptions extends NumberArgumentOptions {
  /** How many there must be. */
  readonly count: number;
}

/** Parses a comma list of so many whole numbers. */
export function wholeNumbersArgument({
  count,
  ...bounds
}: NumbersArgumentOptions): (text: string) => readonly number[] {
  const parse = wholeNumberArgument(bounds);
  return (text) => {
    const numbers = text.split(',').map((part) => parse(part.trim()));
    if (numbers.length === count) return numbers;
    throw new InvalidArgumentError(
      `It must be ${String(count)} numbers separated by commas, not ${String(numbers.length)}.`,
    );
  };
}
