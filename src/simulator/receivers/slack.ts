import { isRecord, type Receiver, refused } from './receiver.ts';

const MOST_BLOCKS = 50;
const LIMITS = { section: 3000, field: 2000, fields: 10, header: 150, context: 10, actions: 25, label: 75, url: 3000 };
/** All text of all blocks together. */
export const MOST_TEXT = 12_000;
const MOST_BYTES = 1024 * 1024;
const BLOCK_TYPES = ['section', 'header', 'divider', 'context', 'actions', 'image', 'rich_text', 'markdown'];

/** A Slack incoming webhook: answers a plain `ok`, or a plain word for what is wrong. */
export const slack: Receiver = ({ path, json, bytes }) => {
  if (!/^\/slack\/services\/[^/]+\/[^/]+\/[^/]+$/.test(path)) return refused(404, 'no_service', 'no such webhook');
  if (bytes > MOST_BYTES) return refused(413, 'payload_too_large', `the body is over ${MOST_BYTES} bytes`);
  if (!isRecord(json)) return refused(400, 'invalid_payload', 'the body is not a JSON object');
  const { text, blocks, attachments } = json;
  if (text !== undefined && typeof text !== 'string') return refused(400, 'invalid_payload', 'text is not a string');
  if (blocks === undefined && attachments === undefined && !text) return refused(400, 'no_text', 'there is no text');
  const problem = blocks === undefined ? undefined : problemWithBlocks(blocks);
  if (problem !== undefined) return refused(400, 'invalid_blocks', problem);
  if (textLength(blocks) > MOST_TEXT) {
    return refused(400, 'msg_blocks_too_long', `the text of all blocks is over ${MOST_TEXT} characters`);
  }
  return { answer: { status: 200, body: 'ok' } };
};

export function problemWithBlocks(blocks: unknown): string | undefined {
  if (!Array.isArray(blocks)) return 'blocks is not an array';
  if (blocks.length === 0) return 'there are no blocks';
  if (blocks.length > MOST_BLOCKS) return `there are more than ${MOST_BLOCKS} blocks`;
  const ids = blocks.flatMap((block) =>
    isRecord(block) && typeof block.block_id === 'string' ? [block.block_id] : [],
  );
  if (new Set(ids).size !== ids.length) return 'a block_id appears twice';
  for (const [index, block] of blocks.entries()) {
    const problem = problemWithBlock(block);
    if (problem !== undefined) return `block ${index}: ${problem}`;
  }
  return undefined;
}

function problemWithBlock(block: unknown): string | undefined {
  if (!isRecord(block)) return 'it is not an object';
  if (typeof block.block_id === 'string' && block.block_id.length > 255) return 'its block_id is over 255 characters';
  switch (block.type) {
    case 'section':
      return problemWithSection(block);
    case 'header':
      return problemWithText(block.text, LIMITS.header, 'plain_text');
    case 'context':
      return problemWithElements(block.elements, LIMITS.context, problemWithContextElement);
    case 'actions':
      return problemWithElements(block.elements, LIMITS.actions, problemWithButton);
    case 'image':
      return typeof block.image_url === 'string' && typeof block.alt_text === 'string'
        ? undefined
        : 'an image needs image_url and alt_text';
    default:
      return BLOCK_TYPES.some((type) => type === block.type) ? undefined : 'its type is unknown';
  }
}

function problemWithSection({ text, fields, accessory }: Readonly<Record<string, unknown>>): string | undefined {
  if (text === undefined && fields === undefined) return 'a section needs text or fields';
  const problem = text === undefined ? undefined : problemWithText(text, LIMITS.section);
  if (problem !== undefined) return problem;
  if (accessory !== undefined && isRecord(accessory) && accessory.type === 'button') {
    const inAccessory = problemWithButton(accessory);
    if (inAccessory !== undefined) return inAccessory;
  }
  if (fields === undefined) return undefined;
  return problemWithElements(fields, LIMITS.fields, (field) => problemWithText(field, LIMITS.field));
}

function problemWithText(text: unknown, limit: number, only?: string): string | undefined {
  if (!isRecord(text)) return 'its text is not a text object';
  const { type, text: words } = text;
  if (type !== 'plain_text' && (type !== 'mrkdwn' || only === 'plain_text'))
    return 'its text object is of the wrong type';
  if (typeof words !== 'string' || words.length === 0) return 'its text is empty';
  return words.length > limit ? `its text is over ${limit} characters` : undefined;
}

function problemWithContextElement(element: unknown): string | undefined {
  return isRecord(element) && element.type === 'image' ? undefined : problemWithText(element, LIMITS.section);
}

function problemWithButton(element: unknown): string | undefined {
  if (!isRecord(element)) return 'an element is not an object';
  if (element.type !== 'button') return undefined;
  const { url, value } = element;
  if (url !== undefined && (typeof url !== 'string' || url.length > LIMITS.url || !URL.canParse(url)))
    return 'a url is no URL';
  if (typeof value === 'string' && value.length > 2000) return 'a value is over 2000 characters';
  return problemWithText(element.text, LIMITS.label, 'plain_text');
}

function problemWithElements(
  elements: unknown,
  most: number,
  problemWith: (element: unknown) => string | undefined,
): string | undefined {
  if (!Array.isArray(elements) || elements.length === 0) return 'it has no elements';
  if (elements.length > most) return `it has more than ${most} elements`;
  for (const element of elements) {
    const problem = problemWith(element);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The length of every `text` string anywhere in the blocks. */
export function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLength(item), 0);
  if (!isRecord(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) => sum + (key === 'text' && typeof item === 'string' ? item.length : textLength(item)),
    0,
  );
}
