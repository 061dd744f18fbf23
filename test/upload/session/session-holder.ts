import { UploadStore } from '../../../src/upload/session/upload-store.js';

/** A run of its own that holds a session and a spool until it is killed: the folder of sessions, the id. */
const [folder = '', sessionId = ''] = process.argv.slice(2);
const store = new UploadStore(folder);
store.claim(sessionId);
await store.makeSpool();
process.send?.('holds');
setInterval(() => undefined, 1000);
