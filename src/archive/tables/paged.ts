/**
 * Reads rows a page at a time, so that one page is in memory.
 *
 * @param pageAfter - Returns the rows after `last` in their order, from the first one if that is undefined. No rows: the end.
 */
export function* paged<Row>(pageAfter: (last: Row | undefined) => readonly Row[]): Generator<Row, void, undefined> {
  for (let page = pageAfter(undefined); page.length > 0; page = pageAfter(page.at(-1))) yield* page;
}
