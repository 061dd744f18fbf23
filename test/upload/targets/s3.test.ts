import { afterAll } from 'vitest';

import { needsRadosgw, Radosgw } from '../servers/radosgw.js';
import { S3FarEnd } from './s3-far-end.js';
import { describeTarget } from './target-suite.js';

const test = await needsRadosgw();
let gateway: Promise<Radosgw> | undefined;

/** Started by the first test that needs it. */
function startedGateway(): Promise<Radosgw> {
  gateway ??= Radosgw.start();
  return gateway;
}

afterAll(async () => {
  await (await gateway)?.[Symbol.asyncDispose]();
});

describeTarget({
  name: 'A bucket of S3',
  partBytes: 5 * 1024 * 1024,
  openFarEnd: async () => S3FarEnd.make(await startedGateway()),
  test,
});
