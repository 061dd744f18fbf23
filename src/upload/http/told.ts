/** Longer addresses are useless for people, and many programs do not accept them. */
const MAX_ADDRESS_CHARACTERS = 2000;
/** Later ones have no form in ISO 8601 with four digits. */
const LATEST_MS = Date.UTC(9999, 0, 1);

/** A web address from a server; undefined if it is invalid or too long. */
export function toldAddress(address: string | undefined): string | undefined {
  if (address === undefined || address.length > MAX_ADDRESS_CHARACTERS || !URL.canParse(address)) return undefined;
  const { protocol, href } = new URL(address);
  const isUsable = ['http:', 'https:'].includes(protocol) && href.length <= MAX_ADDRESS_CHARACTERS;
  return isUsable ? href : undefined;
}

/** A time from a server, in whole UTC milliseconds; undefined if it is not plausible. */
export function toldTime(ms: number): number | undefined {
  return ms > 0 && ms < LATEST_MS ? Math.floor(ms) : undefined;
}
