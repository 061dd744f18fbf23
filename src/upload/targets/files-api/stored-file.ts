import { z } from 'zod';

import { isFlatNameOf } from './flat-name.js';

/** The parts of a file object that are used here (https://platform.openai.com/docs/api-reference/files/object). */
export interface StoredFile {
  readonly id: string;
  /** Its size. */
  readonly bytes?: number | null | undefined;
  /** UTC seconds. */
  readonly created_at?: number | undefined;
  readonly filename?: string | undefined;
  readonly purpose?: string | undefined;
  /** OpenAI: `uploaded`, `processed`, `error`. Kimi: `ok`, `ready`, `error` and others while it reads the file. */
  readonly status?: string | null | undefined;
  readonly status_details?: string | null | undefined;
  /** UTC seconds. */
  readonly expires_at?: number | null | undefined;
}

/** Valid ids. They become part of a URL. */
export const FILE_ID: RegExp = /^[\w-]{1,128}$/;

/** Whether a file can be one that was sent with this name. True if the store reports no name, or no name is given. */
export function isCalled({ filename }: StoredFile, name: string | undefined): boolean {
  return name === undefined || filename === undefined || isFlatNameOf(name, filename);
}

export const storedFile: z.ZodType<StoredFile> = z.object({
  id: z.string().regex(FILE_ID),
  bytes: z.number().nullish(),
  created_at: z.number().optional(),
  filename: z.string().optional(),
  purpose: z.string().optional(),
  status: z.string().nullish(),
  status_details: z.string().nullish(),
  expires_at: z.number().nullish(),
});

export interface StoredFilePage {
  readonly data: readonly StoredFile[];
  readonly has_more?: boolean | undefined;
}

export const storedFilePage: z.ZodType<StoredFilePage> = z.object({
  data: z.array(storedFile),
  has_more: z.boolean().optional(),
});
