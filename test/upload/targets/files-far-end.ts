import type { UploadTarget } from '../../../src/upload/upload-target.js';
import type { FilesServer } from '../servers/files-server.js';
import type { FarEnd } from './far-end.js';

/** A store whose files are those of OpenAI's interface. */
export abstract class FilesFarEnd<Server extends FilesServer> implements FarEnd {
  protected readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  abstract open(): UploadTarget;

  read(id: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.server.files.get(id)?.bytes);
  }

  fileCount(): Promise<number> {
    return Promise.resolve(this.server.files.size);
  }

  damage(id: string): Promise<void> {
    const file = this.server.files.get(id);
    if (file !== undefined) file.sizeBytes += 1;
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.server.files.delete(id);
    return Promise.resolve();
  }

  forgetUnfinished(): Promise<void> {
    this.server.files.clear();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }
}
