import { cdnMethods } from './cdn.js';
import { chatMethods } from './chats.js';
import { dialogMethods } from './dialogs.js';
import { fileMethods } from './files.js';
import { helpMethods } from './help.js';
import { historyMethods } from './history/histories.js';
import { loginMethods } from './login.js';
import type { Method } from './method.js';
import { passwordMethods } from './password.js';
import { storyMethods } from './stories.js';
import { takeoutMethods } from './takeout.js';
import { updateMethods } from './updates.js';
import { userMethods } from './users.js';

/** All methods that the server implements, by name. */
export const servedMethods: ReadonlyMap<string, Method> = new Map(
  [
    helpMethods,
    loginMethods,
    passwordMethods,
    userMethods,
    chatMethods,
    dialogMethods,
    historyMethods,
    fileMethods,
    cdnMethods,
    storyMethods,
    takeoutMethods,
    updateMethods,
  ].flatMap((table) => Object.entries(table)),
);
