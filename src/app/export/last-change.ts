import { readOwnFile } from '../../disk/own-file.js';

/** A report that is larger is none of ours: the series and the missing media of a large chat take a few megabytes. */
const MOST_BYTES = 64 * 1024 * 1024;

import { safeJson } from '../../text/json.js';

/** `report.json` as it is read and written here. docs/OPERATIONS.md describes it. */
export type ReportDocument = Readonly<Record<string, unknown>>;

/**
 * The report of the last run that brought something, for a run that found nothing new: the report of a nightly run that
 * found nothing must not take the place of the one that tells how the chat was exported.
 *
 * @param path - Of the report that is about to be replaced.
 * @param document - The report that takes its place.
 * @returns undefined when `document` brought something itself, or nothing is known of an earlier run.
 */
export async function lastChangeBefore(path: string, document: ReportDocument): Promise<ReportDocument | undefined> {
  if (broughtSomething(document)) return undefined;
  const before = await readReport(path);
  if (before === undefined) return undefined;
  if (broughtSomething(before)) return before;
  return asDocument(before['lastChange']);
}

/** The text of the file. */
export function reportText(document: ReportDocument, lastChange: ReportDocument | undefined): string {
  const whole = lastChange === undefined ? document : { ...document, lastChange };
  return `${safeJson(whole, undefined, 1)}\n`;
}

function broughtSomething(document: ReportDocument): boolean {
  const messages = asDocument(document['messages']);
  const concurrency = asDocument(document['concurrency']);
  return isPositive(messages?.['new']) || isPositive(concurrency?.['mediaCount']);
}

/** What cannot be read is of no use, and no reason to end an export badly. */
async function readReport(path: string): Promise<ReportDocument | undefined> {
  try {
    const text = await readOwnFile(path, MOST_BYTES);
    return text === undefined ? undefined : asDocument(JSON.parse(text.toString('utf8')));
  } catch {
    return undefined; // There is none, or somebody changed it.
  }
}

function asDocument(value: unknown): ReportDocument | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ReportDocument) : undefined;
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}
