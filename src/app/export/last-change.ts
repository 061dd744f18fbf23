import { readOwnFile } from '../../disk/own-file.js';

/** Larger files are not our reports: the series and the missing media of a large chat take a few megabytes. */
const MAX_BYTES = 64 * 1024 * 1024;

import { safeJson } from '../../text/json.js';

/** The content of `report.json`. docs/OPERATIONS.md describes it. */
export type ReportDocument = Readonly<Record<string, unknown>>;

/**
 * The report of the last run that found something new. A run that finds nothing new keeps it in its own report, so that
 * a nightly run does not lose the report of how the chat was exported.
 *
 * @param path - The path of the report that is about to be replaced.
 * @param document - The new report.
 * @returns undefined if the run of `document` found something new itself, or no earlier report is known.
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

/** A report that cannot be read is ignored; it must not make an export fail. */
async function readReport(path: string): Promise<ReportDocument | undefined> {
  try {
    const text = await readOwnFile(path, MAX_BYTES);
    return text === undefined ? undefined : asDocument(JSON.parse(text.toString('utf8')));
  } catch {
    return undefined; // There is none, or it was changed.
  }
}

function asDocument(value: unknown): ReportDocument | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ReportDocument) : undefined;
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}
