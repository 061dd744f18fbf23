import type { WorldBuilder } from '../../world/world-builder.js';
import { personId } from '../people.js';
import type { OpenStage, Stage } from '../stage.js';

const FORUM_ID = 1_800_000_003n;

/** The messages of each topic: `person|text`. */
const TOPICS: readonly { readonly title: string; readonly colour: number; readonly lines: readonly string[] }[] = [
  {
    title: 'Wood & glue',
    colour: 0x6f_b9_f0,
    lines: [
      'jonas|Whoever used the good chisel on a paint tin: I know. The chisel told me.',
      'sam|It was open-minded about it',
      'jonas|The *tin* is open. The chisel is wounded.',
      'mira|I can sharpen it on Thursday, I owe it one',
    ],
  },
  {
    title: 'Soldering',
    colour: 0xff_d6_7e,
    lines: [
      'priya|The depth sounder lives! It thinks the table is 73 cm deep',
      'nadia|It is right.',
      'priya|Next: the bath.',
      'yusuf|هل يمكن قياس عمق الشاي؟',
      'priya|Yes, Yusuf. Tea is 9 cm.',
    ],
  },
  {
    title: '🧵 Sails, and other cloth',
    colour: 0xcb_86_db,
    lines: [
      'olena|Я знайшла тканину! 12 метрів, темно-червона',
      'chloe|Rouge foncé comme les bateaux de Bretagne, on dirait un film',
      'aiko|縫い方を教えます。まっすぐ縫うだけ、十二メートル。',
      'olena|Лише дванадцять метрів прямо 😅',
    ],
  },
];

/** A forum. The messages of its topics are interleaved in one history. */
export function addForum(world: WorldBuilder, open: OpenStage): void {
  const peer = world.addChannel(FORUM_ID, 'Maker Space', { megagroup: true, forum: true, participants_count: 9 });
  const stage = open(peer);
  stage.at('2025-03-20 18:00');
  stage.did('priya', { _: 'messageActionChannelCreate', title: 'Maker Space' });
  stage.say('priya', 'Topics below, this one is for everything else.');

  const threads = TOPICS.map(({ title, colour, lines }) => {
    const id = stage.did('priya', { _: 'messageActionTopicCreate', title, icon_color: colour });
    return { id, title, colour, lines: [...lines], date: stage.date, last: id };
  });
  while (threads.some(({ lines }) => lines.length > 0)) {
    for (const thread of threads) {
      const line = thread.lines.shift();
      if (line !== undefined) thread.last = sayInTopic(stage, line, thread);
    }
  }
  const first = threads[0];
  if (first !== undefined) {
    const inTopic = stage.reply(first.id, { forum_topic: true });
    stage.did(
      'priya',
      { _: 'messageActionTopicEdit', title: 'Wood, glue & chisels', icon_emoji_id: 5_400_001n },
      inTopic,
    );
    first.last = stage.did('priya', { _: 'messageActionTopicEdit', closed: true }, inTopic);
    first.title = 'Wood, glue & chisels';
  }
  stage.say('mira', 'General again: who has the key?');

  const general = { id: 1, title: 'General', colour: 0x6f_b9_f0, date: stage.date, last: stage.idBack(1) };
  for (const { id, title, colour, date, last } of [general, ...threads]) {
    world.addTopic(peer, {
      _: 'forumTopic',
      ...(id === first?.id && { closed: true }),
      id,
      date,
      title,
      icon_color: colour,
      top_message: last,
      read_inbox_max_id: 0,
      read_outbox_max_id: 0,
      unread_count: 0,
      unread_mentions_count: 0,
      unread_reactions_count: 0,
      from_id: { _: 'peerUser', user_id: personId('priya') },
      notify_settings: { _: 'peerNotifySettings' },
    });
  }
}

/** The first message of a topic replies to the topic's creation. A later one replies to the message before it. */
function sayInTopic(stage: Stage, line: string, topic: { readonly id: number; readonly last: number }): number {
  const [person = '', text = ''] = line.split('|');
  const top = topic.last === topic.id ? {} : { reply_to_top_id: topic.id };
  const media = text.startsWith('The depth') ? { media: stage.attach.photo(stage.media.picture('screen-1')) } : {};
  return stage.say(person, text, { ...stage.reply(topic.last, { forum_topic: true, ...top }), ...media });
}
