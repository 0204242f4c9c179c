import { armError } from '../answer.ts';
import { isRecord, type Judgement, type Receiver } from './receiver.ts';

/** The documented limit of a message. Failures have been measured from about 21,000 bytes. */
const MOST_BYTES = 28 * 1024;
const CARD_TYPE = 'application/vnd.microsoft.card.adaptive';
const VERSIONS = ['1.0', '1.1', '1.2', '1.3', '1.4', '1.5'];
const ACTIONS = ['Action.OpenUrl', 'Action.ShowCard', 'Action.ToggleVisibility'];
const ELEMENTS = [
  'TextBlock',
  'RichTextBlock',
  'Image',
  'ImageSet',
  'Media',
  'Container',
  'ColumnSet',
  'FactSet',
  'ActionSet',
  'Table',
  'CodeBlock',
];
const MOST_DEPTH = 20;

/**
 * A "post to a channel when a webhook request is received" workflow. The real trigger takes nearly any JSON and the
 * flow fails afterwards, unseen by the sender; the simulator refuses at the door what the flow would fail on.
 */
export const teams: Receiver = ({ path, bytes, json }) => {
  if (!/^\/teams\/workflows\/[^/]+/.test(path)) return refuse(404, 'WorkflowNotFound', 'no such workflow');
  if (bytes > MOST_BYTES) return refuse(413, 'RequestEntityTooLarge', `the message is over ${MOST_BYTES} bytes`);
  const problem = problemWithMessage(json);
  if (problem !== undefined) return refuse(400, 'TriggerInputSchemaMismatch', problem);
  return { answer: { status: 202, body: '' } };
};

function problemWithMessage(json: unknown): string | undefined {
  if (!isRecord(json)) return 'the body is not a JSON object';
  if (json.type !== 'message') return 'type is not message';
  const { attachments } = json;
  if (!Array.isArray(attachments) || attachments.length === 0) return 'there are no attachments';
  for (const attachment of attachments) {
    if (!isRecord(attachment)) return 'an attachment is not an object';
    if (attachment.contentType !== CARD_TYPE) return 'an attachment is no adaptive card';
    const problem = problemWithCard(attachment.content);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemWithCard(card: unknown): string | undefined {
  if (!isRecord(card)) return 'a card is not an object';
  if (card.type !== 'AdaptiveCard') return 'the type of a card is not AdaptiveCard';
  if (!VERSIONS.some((version) => version === card.version)) return 'Teams does not show this version of a card';
  if (!Array.isArray(card.body) || card.body.length === 0) return 'a card has no body';
  return problemWithAll(card.body, 0) ?? problemWithActions(card.actions, 0);
}

function problemWithAll(elements: unknown, depth: number): string | undefined {
  if (elements === undefined) return undefined;
  if (!Array.isArray(elements)) return 'elements are not an array';
  if (depth > MOST_DEPTH) return 'elements lie too deep';
  for (const element of elements) {
    const problem = problemWithElement(element, depth);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemWithElement(element: unknown, depth: number): string | undefined {
  if (!isRecord(element)) return 'an element is not an object';
  const { type, text, facts, columns, items } = element;
  if (!ELEMENTS.some((known) => known === type)) return 'the type of an element is unknown';
  if (type === 'TextBlock' && typeof text !== 'string') return 'a TextBlock has no text';
  if (type === 'FactSet' && !(Array.isArray(facts) && facts.every(isFact)))
    return 'the facts of a FactSet need title and value';
  if (type === 'ActionSet') return problemWithActions(element.actions, depth + 1);
  if (type === 'ColumnSet') {
    for (const column of Array.isArray(columns) ? columns : []) {
      const problem = isRecord(column) ? problemWithAll(column.items, depth + 1) : 'a column is not an object';
      if (problem !== undefined) return problem;
    }
  }
  return type === 'Container' ? problemWithAll(items, depth + 1) : undefined;
}

function problemWithActions(actions: unknown, depth: number): string | undefined {
  if (actions === undefined) return undefined;
  if (!Array.isArray(actions)) return 'actions are not an array';
  for (const action of actions) {
    if (!isRecord(action) || !ACTIONS.some((known) => known === action.type)) return 'an action is not supported';
    if (action.type === 'Action.OpenUrl' && !(typeof action.url === 'string' && URL.canParse(action.url))) {
      return 'the url of an action is no URL';
    }
    if (action.type === 'Action.ShowCard') {
      const card = action.card;
      const problem = isRecord(card) ? problemWithAll(card.body, depth + 1) : 'an action has no card';
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function isFact(fact: unknown): boolean {
  return isRecord(fact) && typeof fact.title === 'string' && typeof fact.value === 'string';
}

function refuse(status: number, code: string, refusal: string): Judgement {
  const message =
    code === 'TriggerInputSchemaMismatch'
      ? "The input body for trigger 'manual' of type 'Request' did not match its schema definition."
      : 'The request was refused.';
  return { answer: armError(status, code, message), refusal };
}
