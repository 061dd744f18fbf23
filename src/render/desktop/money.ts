/** A price. */
export interface Money {
  /** In the currency's smallest unit. */
  readonly amount?: number;
  /** ISO 4217, or `XTR` for Telegram's stars. */
  readonly currency?: string;
}

/**
 * `4.99 USD`. Telegram Desktop writes prices in the language of its interface; this spelling is the same everywhere.
 * Undefined where there is no price.
 */
export function formatMoney({ amount, currency }: Money): string | undefined {
  if (amount === undefined || currency === undefined || currency === '') return undefined;
  const digits = fractionDigits(currency);
  return `${(amount / 10 ** digits).toFixed(digits)} ${currency}`;
}

function fractionDigits(currency: string): number {
  // Intl knows the currencies of ISO 4217, and throws at anything but three letters.
  if (currency === 'XTR' || !/^[A-Z]{3}$/i.test(currency)) return 0;
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  return maximumFractionDigits ?? 0;
}
