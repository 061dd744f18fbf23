import type { Fields, WorldBuilder } from '../world/world-builder.js';
import type { WorldAccount } from '../world/world.js';

/** The person who is logged in to the demo world. The phone number is from the range that Telegram's test DCs use. */
export const DEMO_ACCOUNT: Required<Omit<WorldAccount, 'botToken'>> = {
  userId: 5_100_000_001n,
  phone: '9996620001',
  code: '22222',
  password: 'fair winds',
};

/** A bot that can also log in. */
export const DEMO_BOT_ACCOUNT: { readonly userId: bigint; readonly botToken: string } = {
  userId: 5_100_000_050n,
  botToken: '5100000050:AAF-demo-harbour-tide-table-not-a-secret',
};

/** User ids by the short names that the story uses. */
export const PEOPLE: Readonly<Record<string, bigint>> = {
  mira: DEMO_ACCOUNT.userId,
  tomas: 5_100_000_002n,
  aiko: 5_100_000_003n,
  yusuf: 5_100_000_004n,
  olena: 5_100_000_005n,
  ruth: 5_100_000_006n,
  priya: 5_100_000_007n,
  jonas: 5_100_000_008n,
  chloe: 5_100_000_009n,
  sam: 5_100_000_010n,
  nadia: 5_100_000_011n,
  /** Has since deleted the account. */
  ghost: 5_100_000_012n,
  tide: DEMO_BOT_ACCOUNT.userId,
  gifs: 5_100_000_051n,
  deck: 5_100_000_052n,
};

const PROFILES: Readonly<Record<string, Fields>> = {
  mira: {
    self: true,
    first_name: 'Mira',
    last_name: 'Lindqvist',
    username: 'mira_lindqvist',
    phone: DEMO_ACCOUNT.phone,
  },
  tomas: { contact: true, mutual_contact: true, first_name: 'Tomás', last_name: 'Ferreira', username: 'tomas_at_sea' },
  aiko: { contact: true, first_name: '愛子', last_name: '田中', username: 'aiko_cooks' },
  yusuf: { first_name: 'يوسف', last_name: 'المصري', username: 'yusuf_almasri' },
  olena: { contact: true, first_name: 'Олена', last_name: 'Коваль', premium: true },
  ruth: { first_name: 'רות', last_name: 'בן־עמי' },
  priya: { contact: true, first_name: 'Priya', last_name: 'Raman', username: 'priya_codes', premium: true },
  jonas: { first_name: 'Jonas', last_name: 'Weber' },
  chloe: { first_name: 'Chloé', username: 'chloe_films' },
  sam: { first_name: "Sam O'Neill", last_name: '"the Gull" <sam>' },
  nadia: { first_name: '👩🏽‍🚀 Nadia', last_name: '🌊' },
  ghost: { deleted: true },
  tide: { bot: true, first_name: 'Tide Table', username: 'harbour_tide_bot', bot_info_version: 1 },
  gifs: { bot: true, first_name: 'Gif Finder', username: 'gif_finder_bot', bot_info_version: 1 },
  deck: { bot: true, verified: true, first_name: 'Deck Games', username: 'deck_games_bot', bot_info_version: 1 },
};

/** Adds all people and bots to the world. */
export function addPeople(world: WorldBuilder): void {
  for (const [name, fields] of Object.entries(PROFILES)) world.addUser(personId(name), fields);
}

/** The user id of a person. @throws {RangeError} if the name is unknown. */
export function personId(name: string): bigint {
  const id = PEOPLE[name];
  if (id === undefined) throw new RangeError(`there is no person "${name}" in the demo world`);
  return id;
}
