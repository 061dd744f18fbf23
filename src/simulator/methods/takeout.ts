import { RpcRefusal } from '../state/rpc-refusal.js';
import { callerOf, type MethodTable } from './method.js';

/** Methods for takeout sessions. `invokeWithTakeout` is checked when a call is served. */
export const takeoutMethods: MethodTable = {
  'account.initTakeoutSession': {
    handle: (call) => {
      const id = call.state.randomId();
      call.state.takeouts.set(id, callerOf(call));
      return { _: 'account.takeout', id };
    },
  },
  'account.finishTakeoutSession': {
    handle: (call) => {
      const open = [...call.state.takeouts].filter(([, userId]) => userId === callerOf(call));
      if (open.length === 0) throw new RpcRefusal('TAKEOUT_REQUIRED');
      for (const [id] of open) call.state.takeouts.delete(id);
      return true;
    },
  },
};
