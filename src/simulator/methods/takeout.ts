import { callerOf, type MethodTable } from './method.js';

/** Sessions for exporting everything. `invokeWithTakeout` is checked where wrappers are taken off. */
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
      for (const [id, userId] of call.state.takeouts) if (userId === callerOf(call)) call.state.takeouts.delete(id);
      return true;
    },
  },
};
