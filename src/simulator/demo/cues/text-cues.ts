import type { TlObject } from '../../tl/tl-object.js';
import { personId } from '../people.js';
import { rich, richFromMarkup, styled, type RichText } from '../rich-text.js';
import { customEmojiId } from '../sticker-media.js';
import type { Cue, Stage } from '../stage.js';

/** Parts of the story about text: all kinds of entities, many scripts, quotes, forwards. */
export const TEXT_CUES: Readonly<Record<string, Cue>> = {
  'custom-emoji'(stage) {
    const documentId = customEmojiId(stage);
    const anchor = styled('CustomEmoji', '⚓', { document_id: documentId });
    stage.say('priya', rich('I made us a crew emoji! ', anchor, anchor, ' use it well'), {
      reactions: {
        _: 'messageReactions',
        results: [
          {
            _: 'reactionCount',
            reaction: { _: 'reactionCustomEmoji', document_id: documentId },
            count: 4,
            chosen_order: 0,
          },
          { _: 'reactionCount', reaction: { _: 'reactionEmoji', emoticon: '❤' }, count: 2 },
          { _: 'reactionCount', reaction: { _: 'reactionPaid' }, count: 25 },
        ],
        recent_reactions: [
          {
            _: 'messagePeerReaction',
            my: true,
            peer_id: { _: 'peerUser', user_id: personId('mira') },
            date: stage.date + 40,
            reaction: { _: 'reactionCustomEmoji', document_id: documentId },
          },
        ],
        top_reactors: [
          { _: 'messageReactor', top: true, peer_id: { _: 'peerUser', user_id: personId('sam') }, count: 25 },
        ],
      },
    });
  },

  code(stage) {
    const body = 'if (isFriday(now)) {\n  report(sales); // and who imports this?\n}';
    const question = stage.say(
      'priya',
      rich(
        'This is the whole of it: ',
        styled('Code', 'weekly.ts'),
        '\n',
        styled('Pre', body, { language: 'typescript' }),
      ),
    );
    stage.say(
      'jonas',
      rich('And in shell:\n', styled('Pre', 'git log --since="last friday" && echo ok', { language: '' })),
      {
        ...stage.reply(question, {
          quote: true,
          quote_text: 'isFriday(now)',
          quote_entities: [{ _: 'messageEntityCode', offset: 0, length: 13 }],
          quote_offset: 31,
        }),
      },
    );
  },

  'many-languages'(stage) {
    stage.say('mira', 'Say good evening in yours, everyone. I start: God kväll, hamnen!');
    stage.say('yusuf', 'مساء الخير يا أهل الميناء 🌙 (and 123 in the middle of العربية is a good test)');
    stage.say('ruth', 'ערב טוב, נמל! שבע סירות, 7 סירות, ועוד אחת.');
    stage.say('aiko', 'こんばんは。港の灯りがきれいですね。今日の波は「ざぶーん」ではなく「ちゃぷちゃぷ」。');
    stage.say('olena', 'Добрий вечір! Їжак, ґанок, єнот — це все я вигадала, щоб показати літери.');
    stage.say('tomas', 'Boa noite! Não há pressa, há maré.');
    stage.say('sam', 'Family portrait: 👨‍👩‍👧‍👦 🏴‍☠️ 👩🏽‍🚀 🧑🏿‍🤝‍🧑🏻 🇵🇹 🇺🇦 1️⃣ ❤️‍🔥');
    stage.say('priya', 'வணக்கம்! नमस्ते! And a bit of maths: ∑ 𝒙² ≤ ∞, 𝕳𝖆𝖗𝖇𝖔𝖚𝖗');
    stage.say('jonas', 'Fünf Brötchen, bitte: ﬁne ligatures, ẞ, ﷽ and a zero\u200bwidth\u200bspace.');
    stage.say('chloe', 'Bonsoir… Cafe\u0301 (deux lettres), Café (une) — et Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍a̴̵l̨g̶o҉ pour Sam');
    stage.say(
      'nadia',
      'Good evening.\u2028A line separator, and\u2029a paragraph one. The radio says: \u0007\u0001\u001b[31mred\u001b[0m\ttab.',
    );
    stage.say(
      'sam',
      '\u202eesrever si siht\u202c, and <b>this</b> is & "not" markup: </script><img src=x onerror=alert(1)>',
    );
  },

  'long-text'(stage) {
    const opening = styled('Bold', 'The unofficial, incomplete and binding rules of lap timing');
    const rules: string[] = [];
    const who = [
      'the helm',
      'the cook',
      'the bread',
      'anyone called Sam',
      'a gull',
      'the committee boat',
      'the kettle',
    ];
    const what = [
      'crosses the line with one foot only',
      'claims the lap was longer for them',
      'taps the phone with a wet sleeve',
      'asks for the time in another time zone',
      'has forgotten which buoy is which',
      'is found asleep under the jib',
    ];
    const then = [
      'the lap counts, but not loudly.',
      'a roll is owed to the crew.',
      'we sail it again on Thursday.',
      'Nadia decides, and Nadia is fair.',
      'the clock is right and the sea is wrong.',
    ];
    for (let rule = 1; rules.join('\n').length < 3_900; rule += 1) {
      rules.push(`${rule}. When ${stage.random.pick(who)} ${stage.random.pick(what)}, ${stage.random.pick(then)}`);
    }
    const text = rich(opening, '\n\n', rules.join('\n'), '\n');
    const last = 'Last rule: be kind, bring soup.';
    // Telegram limits a message to 4096 characters. Each character of this text is one UTF-16 code unit.
    const room = 4096 - text.message.length - last.length;
    stage.say('priya', rich(text, `${'~'.repeat(Math.max(0, room - 1))}\n`, styled('Italic', last)));
  },

  'last-words'(stage) {
    stage.say(
      'mira',
      'For the record, a letter to whoever reads this chat in ten years, with all the ornaments I know:',
    );
    stage.say('mira', everyEntity(stage), { edit_date: stage.date + 400 });
    stage.say('mira', overlapping());
    stage.say('tomas', 'And now to bed. All of you. ⚓', {
      edit_date: stage.date + 86_400,
      reactions: {
        _: 'messageReactions',
        results: [{ _: 'reactionCount', reaction: { _: 'reactionEmoji', emoticon: '😴' }, count: 11 }],
      },
    });
  },

  forwards(stage) {
    const forward = (header: object): { readonly fwd_from: TlObject } => ({
      fwd_from: { _: 'messageFwdHeader', date: stage.date - 7_000, ...header },
    });
    stage.say('tomas', 'Persons are reminded that the water is deep. Persons with ladders are reminded of it twice.', {
      ...forward({
        from_id: { _: 'peerChannel', channel_id: 1_800_000_005n },
        channel_post: 4,
        post_author: 'The harbour office',
      }),
      views: 1_904,
      forwards: 12,
    });
    stage.say('ruth', 'The terns are nesting on the third pontoon. Please walk on the left.', {
      ...forward({ from_id: { _: 'peerUser', user_id: personId('nadia') } }),
    });
    stage.say('chloe', 'I heard you have a boat and a projector. I have neither. Can I come?', {
      ...forward({ from_name: 'A neighbour who hides' }),
    });
  },
};

/** Every kind of entity of layer 198, nested where possible. */
function everyEntity(stage: Stage): RichText {
  const nested = styled('Bold', rich('bold, ', styled('Italic', rich('slanted, ', styled('Underline', 'underlined')))));
  const quote = styled('Blockquote', rich('We sailed, ', styled('Bold', 'we ate'), ', we sailed.'));
  const folded = styled('Blockquote', 'A long quotation\nthat nobody\nhas to see\nat once.', { collapsed: true });
  return rich(
    rich(nested, ', ', styled('Strike', 'struck'), ', ', styled('Spoiler', 'the cat did it'), ', '),
    rich(
      styled('Code', 'tide()'),
      ', ',
      styled('Mention', '@mira_lindqvist'),
      ', ',
      styled('Hashtag', '#harbour'),
      ', ',
    ),
    rich(styled('Cashtag', '$BREAD'), ', ', styled('BotCommand', '/tides@harbour_tide_bot'), ', '),
    rich(styled('Url', 'example.org/harbour?a=1&b=2'), ', ', styled('Email', 'crew@example.org'), ', '),
    rich(styled('Phone', '+46 8 123 456'), ', ', styled('BankCard', '4242 4242 4242 4242'), ', '),
    rich(styled('TextUrl', 'a link with a name', { url: 'https://example.org/x?q="<>' }), ', '),
    rich(styled('TextUrl', 'one that should not be followed', { url: 'javascript:alert(1)' }), ', '),
    rich(styled('MentionName', 'יוסף by name', { user_id: personId('yusuf') }), ', '),
    rich(
      styled('CustomEmoji', '⚓', { document_id: customEmojiId(stage) }),
      styled('Unknown', ' and something new'),
      '.\n',
    ),
    rich(styled('Pre', 'SELECT *\n  FROM boats\n WHERE leaks < 1;', { language: 'sql' }), '\n', quote, '\n', folded),
  );
}

/** Two overlapping entities, and one after characters of two code units. */
function overlapping(): RichText {
  const message = '⛵🌊 bold and slanted and slanted only 🧭';
  return {
    message,
    entities: [
      { _: 'messageEntityBold', offset: 4, length: 16 },
      { _: 'messageEntityItalic', offset: 13, length: 24 },
      { _: 'messageEntityUnderline', offset: message.length - 2, length: 2 },
    ],
  };
}

/** The text of the pinned message. */
export const HOUSE_RULES: RichText = richFromMarkup(
  '**House rules**\n1. Whoever is cold says so.\n2. Whoever is hungry says so __earlier__.\n3. Nobody oils before Jonas looks at it.\n4. #photos of hats are welcome.',
);
