import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { afterAll, expect } from 'vitest';

import { endAbandoned } from '../../../src/app/upload/abandoned-uploads.js';
import { openSessionRoom } from '../../../src/app/upload/session-room.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import type { UploadSession } from '../../../src/upload/session/upload-session.js';
import type { UploadTarget } from '../../../src/upload/upload-target.js';
import { changedTarget } from '../../upload/targets/changed-target.js';
import { cutTarget } from '../../upload/targets/cuts.js';
import { LEAST_PART_BYTES, needsRadosgw, Radosgw, RADOSGW_KEY } from '../../upload/servers/radosgw.js';
import { S3FarEnd } from '../../upload/targets/s3-far-end.js';
import { SMALL_PART_BYTES } from '../../upload/targets/small-parts-s3.js';
import { SuiteStage } from '../../upload/targets/suite/suite-stage.js';

const test = await needsRadosgw();
const never = new AbortController().signal;
const SIZE = 3 * SMALL_PART_BYTES + 1000;
let gateway: Promise<Radosgw> | undefined;

afterAll(async () => {
  await (await gateway)?.[Symbol.asyncDispose]();
});

interface AbandonedStage extends AsyncDisposable {
  readonly stage: SuiteStage<S3FarEnd>;
  readonly to: string;
  /** What a command would end. */
  readonly end: () => Promise<number>;
}

async function openStage(): Promise<AbandonedStage> {
  gateway ??= Radosgw.start(LEAST_PART_BYTES);
  const started = await gateway;
  const openFarEnd = (): Promise<S3FarEnd> => S3FarEnd.make(started);
  const stage = await SuiteStage.open({ name: 'A bucket of Ceph', partBytes: SMALL_PART_BYTES, openFarEnd });
  const env = {
    UPLOAD_SESSION_DIR: join(stage.folder, 'sessions'),
    S3_ENDPOINT: started.endpoint.href,
    AWS_ACCESS_KEY_ID: RADOSGW_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: RADOSGW_KEY.secretAccessKey,
  };
  const { settings } = loadSettings({ cwd: stage.folder, env, homeDirectory: stage.folder });
  const to = `s3://${stage.farEnd.bucket}/chats/2026`;
  return {
    stage,
    to,
    end: async () => {
      using room = await openSessionRoom(settings);
      return await endAbandoned(to, { room, settings, cwd: stage.folder }, never);
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

function loseSession(folder: string, name: string): void {
  for (const file of readdirSync(join(folder, 'sessions')).filter((entry) => entry.endsWith('.session.json'))) {
    const path = join(folder, 'sessions', file);
    if ((JSON.parse(readFileSync(path, 'utf8')) as UploadSession).name === name) rmSync(path);
  }
}

test('an upload whose session is lost is ended, and neither one that can go on nor one of somebody else', async () => {
  await using opened = await openStage();
  const { stage, end } = opened;
  const items = ['lost.mp4', 'kept.mp4'].map((name) => stage.make(name, SIZE));
  for (const item of items) {
    await stage.upload([item], (target) => cutTarget(target, 'before the end'), { maxRetries: 0 });
  }
  const { client, bucket } = stage.farEnd;
  await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'chats/2026/lost.mp4' }));
  expect(await end()).toBe(0);
  loseSession(stage.folder, 'lost.mp4');
  expect(await stage.farEnd.unfinishedCount()).toBe(3);
  expect(await end()).toBe(1);
  expect(await end()).toBe(0);
  expect(await stage.farEnd.unfinishedCount()).toBe(2);
  const sent: number[] = [];
  const counted = (target: UploadTarget) =>
    changedTarget(target, {
      sendPart: (...args) => {
        sent.push(args[1].part.index);
        return target.sendPart(...args);
      },
    });
  expect((await stage.upload(items.slice(1), counted)).files).toMatchObject([{ state: 'uploaded' }]);
  expect(sent).toEqual([]);
  expect(await stage.farEnd.unfinishedCount()).toBe(1);
}, 120_000);

test('an upload that a run works on is not ended, although its session is lost meanwhile', async () => {
  await using opened = await openStage();
  const { stage, end } = opened;
  const item = stage.make('film.mp4', SIZE);
  const ended: number[] = [];
  const meanwhile = (target: UploadTarget) =>
    changedTarget(target, {
      complete: async (...args) => {
        loseSession(stage.folder, 'film.mp4');
        ended.push(await end());
        return target.complete(...args);
      },
    });
  expect((await stage.upload([item], meanwhile)).files).toMatchObject([{ state: 'uploaded' }]);
  expect(ended).toEqual([0]);
}, 120_000);

test('an upload that replaces a file of ours can go on behind a cleaning', async () => {
  await using opened = await openStage();
  const { stage, end } = opened;
  await stage.upload([stage.make('film.mp4', SIZE)]);
  const changed = stage.make('film.mp4', SIZE + 1);
  await stage.upload([changed], (target) => cutTarget(target, 'before the end'), { maxRetries: 0 });
  expect(await end()).toBe(0);
  expect(await stage.farEnd.unfinishedCount()).toBe(1);
  expect((await stage.upload([changed])).files).toMatchObject([{ state: 'uploaded' }]);
  expect(await end()).toBe(0);
}, 120_000);

test('nothing is noted any more of what came to its end', async () => {
  await using opened = await openStage();
  const { stage, to } = opened;
  const items = ['small', 'large'].map((name) => stage.make(name, name === 'small' ? 10 : SIZE));
  const begun = await stage.run(async (run) => {
    await run.upload(items);
    return { list: run.run.store.begunAt(to).list(), targets: run.run.store.targetsWithBegun() };
  });
  expect(begun).toEqual({ list: [], targets: [] });
}, 120_000);
