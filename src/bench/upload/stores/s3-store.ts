import { CreateBucketCommand, DeleteObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';

import { runProgram } from '../../../children/start-program.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { BenchFile } from '../upload-task.js';
import type { BenchStore, StoreAccess } from './bench-store.js';
import { Radosgw, RADOSGW_KEY, RADOSGW_PROGRAMS } from './radosgw.js';
import { startS3Sink } from './s3-sink.js';

const BUCKET = 'bench';
const REGION = 'us-east-1';

/** A real S3 server if Ceph's is installed, else {@link startSinkStore}. */
export async function startS3Store(signal: AbortSignal): Promise<BenchStore> {
  for (const program of RADOSGW_PROGRAMS) {
    try {
      await runProgram(program, ['--version'], { signal });
    } catch {
      signal.throwIfAborted();
      return startSinkStore(`${program} is not installed, so S3 is `);
    }
  }
  return startGatewayStore();
}

/** Ceph's gateway with all objects in memory, in its own processes. */
async function startGatewayStore(): Promise<BenchStore> {
  const gateway = await Radosgw.start();
  const endpoint = gateway.endpoint.href;
  const client = new S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials: RADOSGW_KEY });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return {
    description: "S3 is Ceph's radosgw with objects in memory",
    port: Number(gateway.endpoint.port),
    access: s3AccessOf,
    async removeFiles(run, files) {
      for (const { name, sizeBytes } of files) {
        const place = { Bucket: BUCKET, Key: `${run}/${name}` };
        const { ContentLength } = await client.send(new HeadObjectCommand(place));
        if (ContentLength !== sizeBytes) throw notWhole(run, files);
        await client.send(new DeleteObjectCommand(place));
      }
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

/** A server in this process that speaks S3 and discards the data. @param why - Text before its description. */
export async function startSinkStore(why = 'S3 is '): Promise<BenchStore> {
  const sink = await startS3Sink();
  return {
    description: `${why}a server of the benchmark that keeps sizes and forgets bytes`,
    port: sink.port,
    access: s3AccessOf,
    removeFiles: (run, files) => {
      const isWhole = files.every(
        ({ name, sizeBytes }) => sink.objects.get(`${BUCKET}/${run}/${name}`)?.sizeBytes === sizeBytes,
      );
      return isWhole ? Promise.resolve() : Promise.reject(notWhole(run, files));
    },
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}

function notWhole(run: string, { length }: readonly BenchFile[]): ChatferryError {
  return new ChatferryError('INTERNAL', `${run} did not upload ${length} complete files to the S3 server.`);
}

function s3AccessOf(linePort: number, run: string): StoreAccess {
  const endpoint = `http://127.0.0.1:${linePort}`;
  return {
    target: `s3://${BUCKET}/${run}`,
    s3: { endpoint, region: REGION, ...RADOSGW_KEY, bucket: BUCKET, prefix: run },
    environment: {
      S3_ENDPOINT: endpoint,
      S3_REGION: REGION,
      S3_PATH_STYLE: 'true',
      AWS_ACCESS_KEY_ID: RADOSGW_KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: RADOSGW_KEY.secretAccessKey,
      AWS_SESSION_TOKEN: undefined,
    },
  };
}
