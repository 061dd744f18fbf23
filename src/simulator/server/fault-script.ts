import { z } from 'zod';

import { readRegularFileSync } from '../../disk/regular-file.js';
import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import { sha256 } from '../crypto/digest.js';
import type { Fault, FaultAnswer, FaultRequest } from './network.js';

/** Rules are short: 10,000 of them fit. */
const MAX_BYTES = 4 * 1024 * 1024;

const natural = z.int().min(1);
const milliseconds = z.number().min(0);

/** The calls of the method that a rule applies to. Calls are counted per method, from 1, over all data centres. */
const occasion = z.union([
  z.strictObject({ call: natural }),
  z.strictObject({ every: natural }),
  z.strictObject({ from: natural, to: natural.optional() }),
  z.strictObject({ probability: z.number().min(0).max(1), seed: z.int().default(1) }),
]);

const answer = z.union([
  z.literal('drop'),
  z.literal('silent'),
  z.strictObject({ error: z.string().min(1), code: z.int().optional() }),
  z.strictObject({ delayMs: milliseconds }),
]);

const rule = z.strictObject({
  method: z.string().regex(/^(\*|[\w]+\.\*|[\w]+(\.[\w]+)?)$/, 'must be a method, "namespace.*" or "*"'),
  dc: natural.optional(),
  on: occasion.optional(),
  answer,
});

type FaultRule = z.infer<typeof rule>;

/**
 * Reads a fault script from a file. See {@link parseFaultScript}.
 *
 * @throws {ChatferryError} `USAGE` if the file cannot be read or a rule is invalid.
 */
export function readFaultScript(path: string): Fault {
  let text: string;
  try {
    text = readRegularFileSync(path, MAX_BYTES).toString('utf8');
  } catch (error) {
    throw new ChatferryError('USAGE', `Cannot read the fault script "${path}": ${errorMessage(error)}`, {
      cause: error,
    });
  }
  return parseFaultScript(text, path);
}

/**
 * Makes a fault from a script: a JSON list of rules. The first rule that matches a request is applied.
 *
 * - `method`: `upload.getFile`, `upload.*` or `*`.
 * - `dc`: limits the rule to this data centre.
 * - `on`: `{ "call": 3 }`, `{ "every": 5 }`, `{ "from": 2, "to": 4 }` or `{ "probability": 0.2, "seed": 7 }`. Without
 *   it, the rule applies to every call. The random decision depends only on the seed, the method and the number of the
 *   call, so a script does the same each time.
 * - `answer`: `"drop"`, `"silent"`, `{ "error": "FLOOD_WAIT_3" }` or `{ "delayMs": 500 }`.
 *
 * @param source the name of the script in error messages.
 * @example parseFaultScript('[{ "method": "upload.getFile", "on": { "call": 2 }, "answer": "drop" }]');
 * @throws {ChatferryError} `USAGE` with the invalid rule.
 */
export function parseFaultScript(text: string, source = 'fault script'): Fault {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new ChatferryError('USAGE', `${source} is not valid JSON: ${errorMessage(error)}`, { cause: error });
  }
  if (!Array.isArray(document)) throw new ChatferryError('USAGE', `${source} must be a JSON list of rules.`);
  const rules = document.map((entry, index) => parseRule(entry, index, source));
  return (request) => rules.find((candidate) => fits(candidate, request))?.answer as FaultAnswer | undefined;
}

function parseRule(entry: unknown, index: number, source: string): FaultRule {
  const parsed = rule.safeParse(entry);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
  const what = issue?.code === 'invalid_union' ? 'has an unknown format' : (issue?.message ?? 'is invalid');
  throw new ChatferryError('USAGE', `${source}, rule ${index + 1}: ${place} ${what}. Got ${JSON.stringify(entry)}.`);
}

function fits({ method, dc, on }: FaultRule, request: FaultRequest): boolean {
  const isMethod =
    method === '*' ||
    method === request.method ||
    (method.endsWith('.*') && request.method.startsWith(method.slice(0, -1)));
  return isMethod && (dc === undefined || dc === request.dcId) && (on === undefined || isOn(on, request));
}

function isOn(on: NonNullable<FaultRule['on']>, { method, callNumber }: FaultRequest): boolean {
  if ('call' in on) return callNumber === on.call;
  if ('every' in on) return callNumber % on.every === 0;
  if ('from' in on) return callNumber >= on.from && callNumber <= (on.to ?? Infinity);
  const draw = sha256(Buffer.from(`${on.seed} ${method} ${callNumber}`)).readUInt32LE() / 2 ** 32;
  return draw < on.probability;
}
