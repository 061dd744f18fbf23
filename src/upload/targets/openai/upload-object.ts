import { z } from 'zod';

import { FILE_ID, type StoredFile, storedFile } from '../files-api/stored-file.js';

/** https://platform.openai.com/docs/api-reference/uploads/object */
export interface UploadObject {
  readonly id: string;
  /** UTC seconds. */
  readonly created_at?: number | undefined;
  /** UTC seconds. */
  readonly expires_at?: number | undefined;
  /** `pending`, `completed`, `cancelled`, `expired`. */
  readonly status: string;
  /** Set when it is completed. */
  readonly file?: StoredFile | null | undefined;
}

export const uploadObject: z.ZodType<UploadObject> = z.object({
  id: z.string().regex(FILE_ID),
  created_at: z.number().optional(),
  expires_at: z.number().optional(),
  status: z.string(),
  file: storedFile.nullish(),
});

/** https://platform.openai.com/docs/api-reference/uploads/part-object */
export const uploadPart: z.ZodType<{ readonly id: string }> = z.object({ id: z.string().regex(FILE_ID) });
