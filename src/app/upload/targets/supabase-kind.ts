import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { SupabaseTarget } from '../../../upload/targets/tus/supabase-target.js';
import { requireEncrypted } from '../encrypted-address.js';
import { requiredSetting } from '../required-setting.js';
import type { TargetKind, TargetPlace } from '../target-kind.js';

/** Bucket names that Supabase accepts and that are valid in a URL path. */
const BUCKET = /^[\w.-]{1,100}$/;

/**
 * A bucket of Supabase Storage. The id includes the host of the project: `supabase://host/bucket/prefix`. Any host
 * other than that of the settings is refused, because it would receive the key.
 */
export const supabaseKind: TargetKind = {
  scheme: 'supabase:',
  form: 'supabase:bucket/prefix',
  says: 'a bucket of Supabase Storage',
  open: openSupabase,
  holds: async ({ id }, place) => {
    await using target = await openSupabase(place);
    return target.isOwnObject(id);
  },
};

async function openSupabase(place: TargetPlace): Promise<SupabaseTarget> {
  const { SupabaseTarget } = await import('../../../upload/targets/tus/supabase-target.js');
  const { spec, settings } = place;
  const projectUrl = requireEncrypted(requiredSetting(place, 'supabaseUrl'), 'SUPABASE_URL', settings);
  const [bucket = '', ...prefix] = pathOf(place, projectUrl)
    .split('/')
    .filter((name) => name !== '');
  if (!BUCKET.test(bucket) || prefix.some((name) => name === '.' || name === '..')) {
    throw new ChatferryError('USAGE', `${spec} names no bucket. Write supabase:bucket or supabase:bucket/prefix.`);
  }
  const { uploadMaxParallel, uploadTimeoutMs, uploadAllowPrivateRedirects } = settings;
  return new SupabaseTarget({
    projectUrl,
    key: requiredSetting(place, 'supabaseKey'),
    bucket,
    prefix: prefix.join('/'),
    connectionCount: uploadMaxParallel,
    timeoutMs: uploadTimeoutMs,
    allowPrivateRedirects: uploadAllowPrivateRedirects,
  });
}

function pathOf({ spec, rest }: TargetPlace, projectUrl: URL): string {
  if (!rest.startsWith('//')) return rest;
  const [host = '', ...path] = rest.slice(2).split('/');
  if (host === projectUrl.host) return path.join('/');
  const message = `${spec} is of another project than SUPABASE_URL, which is at ${projectUrl.host}. Set SUPABASE_URL and SUPABASE_KEY of that project.`;
  throw new ChatferryError('USAGE', message);
}
