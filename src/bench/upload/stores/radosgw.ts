import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from './free-port.js';
import { runTool, TiedProgram } from './tied-program.js';

const LONGEST_START_MS = 60_000;
const POLL_MS = 50;
/** The size of the object store in memory. */
const STORE_BYTES = 4 * 1024 ** 3;

/** The programs that it needs. All support `--version`. */
export const RADOSGW_PROGRAMS: readonly string[] = ['ceph-mon', 'ceph-osd', 'radosgw'];

export const RADOSGW_KEY = { accessKeyId: 'TESTACCESSKEY', secretAccessKey: 'test/secret+key' } as const;

/**
 * A real S3 server, Ceph's: one monitor, one object store in memory, one gateway, all on loopback in their own folder.
 * It needs Debian's `ceph-mon`, `ceph-osd` and `radosgw`, no privileges, a second to start and about 150 MB of memory.
 */
export class Radosgw implements AsyncDisposable {
  readonly endpoint: URL;
  readonly #folder: string;
  readonly #programs: TiedProgram[] = [];

  private constructor(folder: string, port: number) {
    this.endpoint = new URL(`http://127.0.0.1:${port}`);
    this.#folder = folder;
  }

  /** @param minPartBytes - Minimum size of every part but the last. @defaultValue 5 MiB, as in other stores */
  static async start(minPartBytes: number = 5 * 1024 ** 2): Promise<Radosgw> {
    const folder = mkdtempSync(join(tmpdir(), 'chatferry-radosgw-'));
    const port = await freePort();
    const gateway = new Radosgw(folder, port);
    try {
      await gateway.#start({ port, minPartBytes });
      return gateway;
    } catch (error) {
      await gateway[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs `radosgw-admin`. @returns its output. */
  admin(...args: readonly string[]): Promise<string> {
    return runTool('radosgw-admin', [...this.#conf, '-n', 'client.admin', ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs.reverse()) await program[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #conf(): readonly string[] {
    return ['-c', join(this.#folder, 'ceph.conf')];
  }

  async #start(given: Pick<Configuration, 'port' | 'minPartBytes'>): Promise<void> {
    const folder = this.#folder;
    const monitorPort = await freePort();
    for (const name of ['mon', 'osd']) mkdirSync(join(folder, name));
    const fsid = randomUUID();
    writeFileSync(join(folder, 'ceph.conf'), configuration({ folder, fsid, monitorPort, ...given }));
    const keys = join(folder, 'keyring');
    const addKey = (name: string, ...caps: readonly string[]): Promise<string> =>
      runTool('ceph-authtool', [keys, '--gen-key', '-n', name, ...caps.flatMap((cap) => ['--cap', ...cap.split('=')])]);
    writeFileSync(keys, '');
    await addKey('mon.', 'mon=allow *');
    await addKey('client.admin', 'mon=allow *', 'osd=allow *');
    await addKey('osd.0', 'mon=allow profile osd', 'osd=allow *');
    const map = join(folder, 'monmap');
    const monitor = `[v2:127.0.0.1:${monitorPort}]`;
    await runTool('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', monitor, map]);
    await runTool('ceph-mon', [...this.#conf, '-i', 'a', '--mkfs', '--monmap', map, '--keyring', keys]);
    this.#run('ceph-mon', '-i', 'a');
    const osd = randomUUID();
    await runTool('ceph', [...this.#conf, '--connect-timeout', '30', 'osd', 'new', osd, '0']);
    await runTool('ceph-osd', [...this.#conf, '-i', '0', '--mkfs', '--osd-uuid', osd]);
    this.#run('ceph-osd', '-i', '0');
    this.#run('radosgw', '-n', 'client.admin');
    await this.#untilAnswered();
    const key = ['--access-key', RADOSGW_KEY.accessKeyId, '--secret-key', RADOSGW_KEY.secretAccessKey];
    await this.admin('user', 'create', '--uid', 'test', '--display-name', 'test', ...key);
  }

  #run(program: string, ...args: readonly string[]): void {
    this.#programs.push(new TiedProgram(program, [...this.#conf, ...args, '-f']));
  }

  async #untilAnswered(): Promise<void> {
    const deadline = performance.now() + LONGEST_START_MS;
    for (;;) {
      try {
        await fetch(this.endpoint);
        return;
      } catch (error) {
        if (performance.now() > deadline) throw new Error('radosgw did not start in time', { cause: error });
      }
      await sleep(POLL_MS);
    }
  }
}

interface Configuration {
  readonly folder: string;
  readonly fsid: string;
  readonly monitorPort: number;
  readonly port: number;
  readonly minPartBytes: number;
}

/** One copy of everything, and no pause between the monitor's decisions, which would delay the start. */
function configuration({ folder, fsid, monitorPort, port, minPartBytes }: Configuration): string {
  return `[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:${monitorPort}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = ${folder}/keyring
admin socket =
log file = ${folder}/$name.log
mon cluster log file = ${folder}/cluster.log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 0
mon data avail warn = 0
mon max pg per osd = 1000
paxos propose interval = 0.02
paxos min wait = 0.01
mon tick interval = 1
osd tick interval = 0.2
osd heartbeat interval = 1
osd objectstore = memstore
memstore device bytes = ${STORE_BYTES}
[mon.a]
mon data = ${folder}/mon
[osd.0]
osd data = ${folder}/osd
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw enable apis = s3, admin
rgw run sync thread = false
rgw enable usage log = false
rgw enable ops log = false
rgw bucket quota ttl = 0
rgw multipart min part size = ${minPartBytes}
rgw gc obj min wait = 1
rgw gc processor period = 2
`;
}
