import { type Received, wholeBody } from './protocol-server.js';

export interface ReceivedForm {
  readonly fields: ReadonlyMap<string, string>;
  readonly file:
    { readonly field: string; readonly name: string; readonly type: string; readonly bytes: Buffer } | undefined;
}

const LINE = Buffer.from('\r\n\r\n');

/** Reads a `multipart/form-data` request as strictly as RFC 7578 and 2046 have it. Undefined for anything else. */
export async function receivedForm({ headers, body }: Received): Promise<ReceivedForm | undefined> {
  const boundary = /^multipart\/form-data; boundary=([\w'()+,./:=? -]{1,70})$/.exec(headers['content-type'] ?? '')?.[1];
  const length = Number(headers['content-length']);
  const bytes = await wholeBody(body);
  if (boundary === undefined || bytes.length !== length) return undefined;
  const fields = new Map<string, string>();
  let file: ReceivedForm['file'];
  let position = bytes.indexOf(`--${boundary}\r\n`);
  if (position !== 0) return undefined;
  for (;;) {
    const start = position + boundary.length + 4;
    const end = bytes.indexOf(`\r\n--${boundary}`, start);
    const split = bytes.indexOf(LINE, start);
    if (end < 0 || split < 0 || split > end) return undefined;
    const head = bytes.subarray(start, split).toString('utf8');
    const content = bytes.subarray(split + LINE.length, end);
    const field = / name="([^"]*)"/i.exec(head)?.[1];
    const name = /; filename="([^"]*)"/i.exec(head)?.[1];
    if (field === undefined || !/^content-disposition: form-data;/i.test(head)) return undefined;
    if (name === undefined) fields.set(field, content.toString('utf8'));
    else
      file = { field, name, type: /^content-type: (.+)$/im.exec(head)?.[1]?.trim() ?? '', bytes: Buffer.from(content) };
    position = end + 2;
    if (bytes.subarray(position + boundary.length + 2, position + boundary.length + 4).toString() === '--') break;
  }
  return { fields, file };
}
