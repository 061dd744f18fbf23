import { intIn, objectIn, objectsIn, textIn } from '../../tl/fields.js';
import type { TlObject } from '../../tl/tl-object.js';
import type { WorldHistory } from '../../world/world.js';

export interface HistorySearch {
  /** A substring of the text, case-insensitive. Empty matches all. */
  readonly text: string;
  /** A TL `MessagesFilter`, such as `inputMessagesFilterPhotos`. An unknown filter matches nothing. */
  readonly filter: string;
}

type Test = (message: TlObject) => boolean;

const ATTRIBUTE_OF_FILTER: ReadonlyMap<string, string> = new Map([
  ['inputMessagesFilterVideo', 'documentAttributeVideo'],
  ['inputMessagesFilterMusic', 'documentAttributeAudio'],
  ['inputMessagesFilterGif', 'documentAttributeAnimated'],
]);

const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['inputMessagesFilterEmpty', () => true],
  ['', () => true],
  ['inputMessagesFilterPhotos', (message) => mediaOf(message)._ === 'messageMediaPhoto'],
  ['inputMessagesFilterDocument', (message) => mediaOf(message)._ === 'messageMediaDocument'],
  [
    'inputMessagesFilterPhotoVideo',
    (message) => mediaOf(message)._ === 'messageMediaPhoto' || hasAttribute(message, 'documentAttributeVideo'),
  ],
  ['inputMessagesFilterVoice', (message) => attribute(message, 'documentAttributeAudio')?.['voice'] === true],
  [
    'inputMessagesFilterRoundVideo',
    (message) => attribute(message, 'documentAttributeVideo')?.['round_message'] === true,
  ],
  ['inputMessagesFilterContacts', (message) => mediaOf(message)._ === 'messageMediaContact'],
  ['inputMessagesFilterGeo', (message) => mediaOf(message)._.startsWith('messageMediaGeo')],
  ['inputMessagesFilterPinned', (message) => message['pinned'] === true],
  ['inputMessagesFilterUrl', (message) => objectsIn(message, 'entities').some(({ _ }) => /Url$/.test(_))],
  ...[...ATTRIBUTE_OF_FILTER].map(
    ([filter, name]) => [filter, (message: TlObject) => hasAttribute(message, name)] as const,
  ),
]);

/** The matching messages of a history, as a history. Checks every message. */
export function searchHistory(history: WorldHistory, { text, filter }: HistorySearch): WorldHistory {
  const test = TESTS.get(filter) ?? ((): boolean => false);
  const wanted = text.toLowerCase();
  const found: TlObject[] = [];
  for (let i = 0; i < history.length; i += 1) {
    const message = history.at(i);
    if (test(message) && textIn(message, 'message').toLowerCase().includes(wanted)) found.push(message);
  }
  return {
    length: found.length,
    at: (index) => {
      const message = found[index];
      if (message === undefined) throw new RangeError(`No result ${index} among ${found.length}.`);
      return message;
    },
    indexOf: (id) => {
      const index = found.findIndex((message) => intIn(message, 'id') >= id);
      return index === -1 ? found.length : index;
    },
  };
}

function mediaOf(message: TlObject): TlObject {
  return objectIn(message, 'media');
}

function attribute(message: TlObject, name: string): TlObject | undefined {
  return objectsIn(objectIn(mediaOf(message), 'document'), 'attributes').find(({ _ }) => _ === name);
}

function hasAttribute(message: TlObject, name: string): boolean {
  return attribute(message, name) !== undefined;
}
