import { cleanText } from '../clean.ts';

/**
 * Slack's mrkdwn has no escape character. `&`, `<` and `>` become entities, which takes away links, mentions and
 * `<!channel>`; characters that would still format are replaced by look-alikes, but only where they would: names such
 * as `pool_orders` stay as they are and can be copied.
 */

export function escapeEntities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A sentence from outside: formats nothing, mentions nobody, links nowhere. */
export function escapeProse(text: string): string {
  return escapeEntities(
    text
      .replaceAll('`', 'ˋ')
      // At the start of a line Slack makes a quotation of it, even as an entity.
      .replace(/^\s*>/, '›')
      // Formatting needs a marker at the edge of a word.
      .replace(/(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])/gu, (marker) => LOOK_ALIKES[marker] ?? '')
      .replace(/@(?=channel|here|everyone|group)/gi, '＠')
      .replace(/(?<![\p{L}\p{N}]):(?=[\p{L}\p{N}_+'-]+:)/gu, '∶')
      // Without its scheme an address stays readable, and is no link.
      .replace(/[a-z][a-z0-9+.-]*:\/\/+/gi, '')
      .replace(/(mailto|tel):/gi, '$1∶'),
  );
}

const LOOK_ALIKES: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼' };

/** A code span. Inside one only the backtick, which would end it, means anything. */
export function codeSpan(text: string): string {
  return `\`${escapeEntities(cleanText(text).replaceAll('`', 'ˋ'))}\``;
}

/** A code block that can be copied, or undefined where the command holds what would end the block early. */
export function codeBlock(command: string): string | undefined {
  if (command.includes('```') || command.startsWith('`') || command.endsWith('`')) return undefined;
  return `\`\`\`\n${escapeEntities(command)}\n\`\`\``;
}
