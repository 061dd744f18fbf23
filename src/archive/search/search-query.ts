import { foldText, pairsOf, searchPieces } from './search-text.js';

/** Maximum number of terms. SQLite's parser has a bounded stack, and no person types more. */
const MAX_TERMS = 32;

/**
 * Translates a user's query into one of FTS5 (https://sqlite.org/fts5.html#full_text_query_syntax). All words must
 * match; each matches the beginning of a longer one too. `"Words in quotes"` match as an exact phrase. The text
 * contains no syntax: all that reaches SQLite is quoted.
 *
 * @returns undefined if there is nothing to search for.
 */
export function searchQuery(text: string): string | undefined {
  const terms: string[] = [];
  for (const [, phrase, word] of text.matchAll(/"([^"]*)"|([^\s"]+)/gu)) {
    if (phrase !== undefined) terms.push(...phraseTerms(phrase));
    else if (word !== undefined) terms.push(...wordTerms(word));
  }
  return terms.length === 0 ? undefined : terms.slice(0, MAX_TERMS).join(' AND ');
}

function wordTerms(word: string): readonly string[] {
  return searchPieces(foldText(word)).map(({ text, unspaced }) => (unspaced ? unspacedTerm(text) : `${quote(text)} *`));
}

/**
 * Runs of unspaced scripts are phrases of their own, since the index splits them into more words than a reader sees.
 */
function phraseTerms(phrase: string): readonly string[] {
  const terms: string[] = [];
  let words: string[] = [];
  const flush = (): void => {
    if (words.length > 0) terms.push(quote(words.join(' ')));
    words = [];
  };
  for (const { text, unspaced } of searchPieces(foldText(phrase))) {
    if (unspaced) {
      flush();
      terms.push(unspacedTerm(text));
    } else words.push(text);
  }
  flush();
  return terms;
}

function unspacedTerm(run: string): string {
  const pairs = pairsOf(run);
  // One character: all pairs that begin with it. More: its pairs as a phrase.
  return Array.from(run).length === 1 ? `${quote(run)} *` : quote(pairs.join(' '));
}

function quote(words: string): string {
  return `"${words.replaceAll('"', '""')}"`;
}
