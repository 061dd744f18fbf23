import { memoryFile, patternedFile } from '../../world/world-file.js';
import type { Cue, Stage } from '../stage.js';

const MB = 1024 * 1024;

/** File names that are dangerous or invalid on some file systems, each with the content of the file. */
const AWKWARD_NAMES: readonly (readonly [string, string])[] = [
  ['CON.txt', 'A device, on some systems.\n'],
  ['../x', 'One floor up.\n'],
  ['..\\..\\boot.ini', 'Two floors up, the other way.\n'],
  ['/etc/passwd', 'No.\n'],
  [`${'a very long name about nothing in particular '.repeat(7).slice(0, 296)}.txt`, 'Three hundred characters.\n'],
  ['invoice\u202excod.exe', 'It reads backwards.\n'],
  ['🏖️ summer 👩‍👩‍👧‍👦.txt', 'Emoji.\n'],
  ['Readme.txt', 'The first of two.\n'],
  ['README.TXT', 'The second of two, the same to some systems.\n'],
  ['Café.txt'.normalize('NFC'), 'One letter.\n'],
  ['Café.txt'.normalize('NFD'), 'Two letters.\n'],
  ['  .hidden ', 'Spaces, and a dot.\n'],
  ['a:b|c*d?e"f<g>h.txt', 'Everything that Windows refuses.\n'],
  ['tab\tand\nnewline.txt', 'Two lines in one name.\n'],
  ['nul', 'Another device.\n'],
  ['.', 'A dot.\n'],
  ['', 'No name at all.\n'],
  ['寿司のレシピ（改訂版）.txt', '米、海苔、そして愛。\n'],
  ['תוכנית הפלגה.txt', 'יוצאים בשבע.\n'],
];

/** Parts of the story with documents. */
export const DOCUMENT_CUES: Readonly<Record<string, Cue>> = {
  'documents-radishes'(stage) {
    send(stage, 'aiko', {
      name: 'garden-plan.pdf',
      mimeType: 'application/pdf',
      text: PDF,
      caption: 'The plan for the beds',
    });
    send(stage, 'priya', {
      name: 'radishes.csv',
      mimeType: 'text/csv',
      text: 'date,bed,count,mood\n2025-04-01,1,0,hopeful\n2025-04-06,1,7,triumphant\n2025-04-06,2,=1+1,suspicious\n',
      caption: 'Of course I made a table',
    });
    send(stage, 'priya', {
      name: 'radishes.json',
      mimeType: 'application/json',
      text: `${JSON.stringify({ beds: [{ id: 1, radishes: 7 }], note: 'naïve "quotes" \u2028 and more' }, null, 2)}\n`,
    });
    send(stage, 'sam', {
      name: 'my-contribution.txt',
      mimeType: 'text/plain',
      text: '',
      caption: 'And here is all I know about gardening',
    });
    stage.say('nadia', 'Since we are sending files: the survey of the harbour floor. It is big.', {
      media: stage.attach.file({
        file: patternedFile(9_000_025n, stage.smaller ? 2 * MB : 25 * MB),
        mimeType: 'application/octet-stream',
        fileName: 'harbour-survey-2025.bin',
      }),
    });
    stage.say('jonas', 'Is it wet?', stage.reply(stage.idBack(1)));
  },

  'awkward-names'(stage) {
    stage.say('priya', 'I tested our upload form with the worst names I know. You get them all. Sorry in advance.');
    for (const [name, text] of AWKWARD_NAMES) send(stage, 'priya', { name, mimeType: 'text/plain', text });
    stage.say('mira', 'What have you done');
    stage.say('priya', 'Quality assurance, Mira');
  },
};

interface Sent {
  readonly name: string;
  readonly mimeType: string;
  readonly text: string;
  readonly caption?: string;
}

function send(stage: Stage, person: string, { name, mimeType, text, caption = '' }: Sent): void {
  const file = memoryFile(Buffer.from(text));
  stage.say(person, caption, { media: stage.attach.file({ file, mimeType, fileName: name }) });
}

/** A minimal PDF with one empty page. */
const PDF = `%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>> endobj
trailer <</Root 1 0 R>>
%%EOF
`;
