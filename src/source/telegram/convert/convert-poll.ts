import type { Api } from 'telegram';

import type { Poll, PollAnswer } from '../../../chat/content.js';
import { present } from './convert-absent.js';
import { convertText, convertTextWithEntities } from './convert-text.js';

/** A poll, each answer joined with its votes. Telegram sends the two separately, linked by the bytes of the option. */
export function convertPoll({ poll, results }: Api.MessageMediaPoll): Poll {
  const votes = votesByOption(results.results ?? []);
  const solved = (results.results ?? []).some(({ correct }) => correct === true);
  return present<Poll>({
    kind: 'poll',
    question: convertTextWithEntities(poll.question),
    answers: poll.answers.map((answer) => convertAnswer(answer, votes.get(keyOf(answer.option)), solved)),
    totalVoterCount: results.totalVoters ?? 0,
    closed: poll.closed === true,
    quiz: poll.quiz === true,
    multipleChoice: poll.multipleChoice === true,
    explanation: results.solution == null ? undefined : convertText(results.solution, results.solutionEntities),
  });
}

function convertAnswer(
  answer: Api.TypePollAnswer,
  votes: Api.TypePollAnswerVoters | undefined,
  solved: boolean,
): PollAnswer {
  return present<PollAnswer>({
    text: convertTextWithEntities(answer.text),
    voterCount: votes?.voters ?? 0,
    chosen: votes?.chosen === true,
    correct: solved ? votes?.correct === true : undefined,
  });
}

function votesByOption(votes: readonly Api.TypePollAnswerVoters[]): Map<string, Api.TypePollAnswerVoters> {
  return new Map(votes.map((entry) => [keyOf(entry.option), entry]));
}

function keyOf(option: Buffer): string {
  return option.toString('latin1');
}
