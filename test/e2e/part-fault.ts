import type { Fault, FaultAnswer } from '../../src/simulator/server/network.js';
import type { TlObject } from '../../src/simulator/tl/tl-object.js';

/** One request for a part of a file. */
export interface PartRequest {
  /** Of the document or photo. */
  readonly id: bigint;
  readonly offset: number;
  /** This is the nth such request since the fault was made, from 1. */
  readonly number: number;
  /** This is the nth such request for the same file and offset, from 1. */
  readonly trial: number;
  readonly dcId: number;
}

/** A fault of requests for parts of files; all others are left alone. */
export function onParts(judge: (request: PartRequest) => FaultAnswer | undefined): Fault {
  let number = 0;
  const trials = new Map<string, number>();
  return ({ method, params, dcId }) => {
    if (method !== 'upload.getFile') return undefined;
    number += 1;
    const id = fileIdOf(params);
    const offset = Number(params['offset']);
    const key = `${id}:${offset}`;
    const trial = (trials.get(key) ?? 0) + 1;
    trials.set(key, trial);
    return judge({ id, offset, number, trial, dcId });
  };
}

/** The document or photo that `upload.getFile` asks for. */
export function fileIdOf(params: TlObject): bigint {
  return (params['location'] as TlObject)['id'] as bigint;
}
