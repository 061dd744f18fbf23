/** Longer ones are no addresses for people, and many programs do not take them. */
const MOST_ADDRESS_CHARACTERS = 2000;
/** Later ones have no form in ISO 8601 with four digits. */
const LATEST_MS = Date.UTC(9999, 0, 1);

/** An address of the web that a server told; undefined for what is none, or is too long. */
export function toldAddress(address: string | undefined): string | undefined {
  if (address === undefined || address.length > MOST_ADDRESS_CHARACTERS || !URL.canParse(address)) return undefined;
  const { protocol, href } = new URL(address);
  const isUsable = ['http:', 'https:'].includes(protocol) && href.length <= MOST_ADDRESS_CHARACTERS;
  return isUsable ? href : undefined;
}

/** A moment that a server told, in whole UTC milliseconds; undefined for what is no moment of this era. */
export function toldTime(ms: number): number | undefined {
  return ms > 0 && ms < LATEST_MS ? Math.floor(ms) : undefined;
}
