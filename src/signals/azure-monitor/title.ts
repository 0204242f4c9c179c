import { lastSegment } from '../../core/resource-id.ts';
import { plainText } from '../plain-text.ts';

const MAX_TITLE_LENGTH = 200;

/** The rule's name; the last segment of its id where that is all there is. */
export function titleOf(ruleName: string | undefined, ruleId: string | undefined): string {
  for (const name of [ruleName, ruleId]) {
    if (name === undefined) continue;
    const title = plainText(/^\/subscriptions\//i.test(name) ? lastSegment(name) : name, MAX_TITLE_LENGTH);
    if (title !== '') return title;
  }
  return 'Azure Monitor alert without a name';
}
