import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseFaultScript, readFaultScript } from '../../../src/simulator/server/fault-script.js';
import type { Fault, FaultAnswer } from '../../../src/simulator/server/network.js';

function answers(fault: Fault, method: string, { calls = 6, dcId = 2 } = {}): (FaultAnswer | undefined)[] {
  return Array.from({ length: calls }, (_, i) =>
    fault({ method, params: { _: method }, dcId, connectionId: 1, callNumber: i + 1 }),
  );
}

describe('a fault script', () => {
  test('applies to one call, every nth, or a range of calls', () => {
    const fault = parseFaultScript(`[
      { "method": "a.one", "on": { "call": 2 }, "answer": "drop" },
      { "method": "a.nth", "on": { "every": 3 }, "answer": "silent" },
      { "method": "a.range", "on": { "from": 2, "to": 3 }, "answer": { "delayMs": 5 } },
      { "method": "a.all", "answer": { "error": "FLOOD_WAIT_3" } }
    ]`);
    const no = undefined;
    expect(answers(fault, 'a.one', { calls: 3 })).toEqual([no, 'drop', no]);
    expect(answers(fault, 'a.nth')).toEqual([no, no, 'silent', no, no, 'silent']);
    expect(answers(fault, 'a.range', { calls: 4 })).toEqual([no, { delayMs: 5 }, { delayMs: 5 }, no]);
    expect(answers(fault, 'a.all', { calls: 2 })).toEqual([{ error: 'FLOOD_WAIT_3' }, { error: 'FLOOD_WAIT_3' }]);
    expect(answers(fault, 'a.other', { calls: 2 })).toEqual([no, no]);
  });

  test('applies the first rule that matches, by method, namespace and data centre', () => {
    const fault = parseFaultScript(`[
      { "method": "upload.getFile", "dc": 4, "answer": "drop" },
      { "method": "upload.*", "answer": "silent" },
      { "method": "*", "answer": { "error": "INTERNAL" } }
    ]`);
    expect(answers(fault, 'upload.getFile', { calls: 1, dcId: 4 })).toEqual(['drop']);
    expect(answers(fault, 'upload.getFile', { calls: 1, dcId: 2 })).toEqual(['silent']);
    expect(answers(fault, 'uploads.other', { calls: 1 })).toEqual([{ error: 'INTERNAL' }]);
  });

  test('chooses the same calls for the same seed, in about the given proportion', () => {
    const script = (seed: number): Fault =>
      parseFaultScript(`[{ "method": "m", "on": { "probability": 0.2, "seed": ${seed} }, "answer": "drop" }]`);
    const first = answers(script(1), 'm', { calls: 1000 });
    expect(answers(script(1), 'm', { calls: 1000 })).toEqual(first);
    expect(answers(script(2), 'm', { calls: 1000 })).not.toEqual(first);
    const hits = first.filter((answer) => answer === 'drop').length;
    expect(hits).toBeGreaterThan(150);
    expect(hits).toBeLessThan(250);
  });

  test.each([
    ['{}', 'must be a JSON list'],
    ['[', 'is not valid JSON'],
    ['[{ "method": "a.b", "answer": "drop" }, { "method": "a b", "answer": "drop" }]', 'rule 2: method'],
    ['[{ "method": "a.b", "answer": "explode" }]', 'rule 1: answer'],
    ['[{ "method": "a.b", "on": { "call": 0 }, "answer": "drop" }]', 'rule 1: on'],
    ['[{ "method": "a.b", "answer": "drop", "when": 1 }]', 'rule 1'],
  ])('%s is refused, naming the rule', (text, reason) => {
    expect(() => parseFaultScript(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => parseFaultScript(text)).toThrow(reason);
  });

  test('is read from a file, and a missing one is named', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fault-script-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, 'faults.json');
    expect(() => readFaultScript(path)).toThrow(path);
    await writeFile(path, '[{ "method": "m", "answer": "drop" }]');
    expect(answers(readFaultScript(path), 'm', { calls: 1 })).toEqual(['drop']);
  });
});
