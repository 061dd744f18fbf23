import { randomUUID } from 'node:crypto';

/** A file in a form. */
export interface FormFile {
  readonly field: string;
  /** The file name that is sent to the server. */
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  body(): AsyncIterable<Uint8Array>;
}

/** A form with its body. */
export interface MultipartForm {
  /** `content-type` and `content-length`. The size is known before a byte is read. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Makes a `multipart/form-data` body (https://www.rfc-editor.org/rfc/rfc7578) of fields and one file. The file comes
 * last and is read while it is sent, so it is never completely in memory.
 *
 * @param fields - Names and values without line breaks.
 */
export function multipartForm(fields: Readonly<Record<string, string>>, file: FormFile): MultipartForm {
  const boundary = `chatferry-${randomUUID()}`;
  const texts = Object.entries(fields).map(
    ([name, value]) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${quotedInForm(name)}"\r\n\r\n${value}\r\n`,
  );
  const head = [
    `--${boundary}`,
    `content-disposition: form-data; name="${quotedInForm(file.field)}"; filename="${quotedInForm(file.fileName)}"`,
    `content-type: ${file.contentType}`,
  ].join('\r\n');
  const before = Buffer.from(`${texts.join('')}${head}\r\n\r\n`, 'utf8');
  const after = Buffer.from(`\r\n--${boundary}--\r\n`, 'utf8');
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(before.length + file.sizeBytes + after.length),
    },
    body: around(before, file, after),
  };
}

async function* around(before: Buffer, file: FormFile, after: Buffer): AsyncGenerator<Uint8Array> {
  yield before;
  yield* file.body();
  yield after;
}

/** As browsers write it: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data. */
export function quotedInForm(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
