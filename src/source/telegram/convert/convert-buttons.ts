import type { Api } from 'telegram';

import type { Button } from '../../../chat/message.js';
import { filled, present } from './convert-absent.js';

/**
 * The rows of buttons below a message: those of an inline keyboard, and those that replace the user's keyboard.
 * Undefined if the markup has none.
 */
export function convertButtons(markup: Api.TypeReplyMarkup): readonly (readonly Button[])[] | undefined {
  switch (markup.className) {
    case 'ReplyInlineMarkup':
    case 'ReplyKeyboardMarkup':
      return markup.rows.length === 0 ? undefined : markup.rows.map(({ buttons }) => buttons.map(convertButton));
    default:
      return undefined;
  }
}

/** The values of `type` are those that Telegram Desktop writes to result.json. */
function convertButton(button: Api.TypeKeyboardButton): Button {
  const { text } = button;
  switch (button.className) {
    case 'KeyboardButtonUrl':
      return { type: 'url', text, data: button.url };
    case 'KeyboardButtonCallback':
      return {
        type: button.requiresPassword === true ? 'callback_with_password' : 'callback',
        text,
        dataBase64: button.data.toString('base64url'),
      };
    case 'KeyboardButtonRequestPhone':
      return { type: 'request_phone', text };
    case 'KeyboardButtonRequestGeoLocation':
      return { type: 'request_location', text };
    case 'KeyboardButtonRequestPoll':
      return { type: 'request_poll', text };
    case 'KeyboardButtonRequestPeer':
    case 'InputKeyboardButtonRequestPeer':
      return { type: 'request_peer', text, buttonId: String(button.buttonId) };
    case 'KeyboardButtonSwitchInline':
      return {
        type: button.samePeer === true ? 'switch_inline_same' : 'switch_inline',
        text,
        data: button.query,
      };
    case 'KeyboardButtonGame':
      return { type: 'game', text };
    case 'KeyboardButtonBuy':
      return { type: 'buy', text };
    case 'KeyboardButtonUrlAuth':
      return present<Button>({
        type: 'auth',
        text,
        data: button.url,
        forwardText: filled(button.fwdText),
        buttonId: String(button.buttonId),
      });
    case 'InputKeyboardButtonUrlAuth':
      return present<Button>({ type: 'auth', text, data: button.url, forwardText: filled(button.fwdText) });
    case 'KeyboardButtonUserProfile':
      return { type: 'user_profile', text, data: button.userId.toString() };
    case 'InputKeyboardButtonUserProfile':
      return { type: 'user_profile', text };
    case 'KeyboardButtonWebView':
      return { type: 'web_view', text, data: button.url };
    case 'KeyboardButtonSimpleWebView':
      return { type: 'simple_web_view', text, data: button.url };
    case 'KeyboardButtonCopy':
      return { type: 'copy_text', text, data: button.copyText };
    default:
      return { type: 'default', text };
  }
}
