import type { DcAddress } from '../state/telegram-state.js';
import type { TlObject } from '../tl/tl-object.js';
import type { MethodCall, MethodTable } from './method.js';

const CONFIG_LIFETIME_SECONDS = 3600;

/** The usual values for downloads in https://core.telegram.org/api/config#client-configuration. */
const APP_CONFIG: TlObject = {
  _: 'jsonObject',
  value: [
    { _: 'jsonObjectValue', key: 'small_queue_max_active_operations_count', value: { _: 'jsonNumber', value: 5 } },
    { _: 'jsonObjectValue', key: 'large_queue_max_active_operations_count', value: { _: 'jsonNumber', value: 2 } },
  ],
};

/** Methods about the server and its configuration. */
export const helpMethods: MethodTable = {
  'help.getConfig': { isOpen: true, handle: configFor },
  'help.getNearestDc': {
    isOpen: true,
    handle: ({ state, dcId }) => ({ _: 'nearestDc', country: 'DE', this_dc: dcId, nearest_dc: state.homeDcId }),
  },
  'help.getAppConfig': {
    isOpen: true,
    handle: () => ({ _: 'help.appConfig', hash: 1, config: APP_CONFIG }),
  },
  'help.getTermsOfServiceUpdate': {
    handle: () => ({ _: 'help.termsOfServiceUpdateEmpty', expires: nowSeconds() + CONFIG_LIFETIME_SECONDS }),
  },
  'langpack.getLangPack': {
    isOpen: true,
    handle: () => ({ _: 'langPackDifference', lang_code: 'en', from_version: 0, version: 1, strings: [] }),
  },
};

function configFor({ state, dcId }: MethodCall): TlObject {
  return {
    _: 'config',
    date: nowSeconds(),
    expires: nowSeconds() + CONFIG_LIFETIME_SECONDS,
    test_mode: false,
    this_dc: dcId,
    dc_options: [...state.dcs.map((dc) => dcOption(dc)), ...state.cdnDcs.map((dc) => dcOption(dc, { cdn: true }))],
    dc_txt_domain_name: '',
    chat_size_max: 200,
    megagroup_size_max: 200_000,
    forwarded_count_max: 100,
    online_update_period_ms: 210_000,
    offline_blur_timeout_ms: 5000,
    offline_idle_timeout_ms: 30_000,
    online_cloud_timeout_ms: 300_000,
    notify_cloud_delay_ms: 30_000,
    notify_default_delay_ms: 1500,
    edit_time_limit: 172_800,
    me_url_prefix: 'https://t.me/',
    caption_length_max: 1024,
    message_length_max: 4096,
    webfile_dc_id: dcId,
  };
}

function dcOption({ id, host, port }: DcAddress, flags: Partial<TlObject> = {}): TlObject {
  const ipv6 = host.includes(':') ? { ipv6: true } : {};
  return { ...flags, ...ipv6, _: 'dcOption', id, ip_address: host, port, static: true };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
