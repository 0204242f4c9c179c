import { scopeOf } from '../../core/change-scope.ts';
import { CHANGES_BEFORE_MS } from '../../core/changes.ts';
import { firstFailure } from '../../core/first-failure.ts';
import { endingEarly } from '../ending-early.ts';
import { type CollectContext, type Collector, NothingToAsk } from '../evidence-kind.ts';
import { fieldsOf } from '../json.ts';
import { rawBodyOf, unreadableAnswer } from '../raw-body.ts';
import { withoutSecrets } from './index.ts';
import { changesQuery, MAX_GROUPS, MAX_IDS } from './query.ts';

const deadlineMs = 20_000;

/** Rows of a page. Answers are limited to 16 MB, and a change can hold many properties. */
const PAGE_SIZE = 300;
const MAX_PAGES = 2;

/** Changes are recorded a little after they were made, and the order within minutes is settled later. */
const AFTER_MS = 5 * 60_000;

export const collector: Collector = {
  deadlineMs,
  asks: 'POST .../Microsoft.ResourceGraph/resources for resourcechanges',
  rights: ['Microsoft.ResourceGraph/resources/read', 'Microsoft.Resources/changes/read'],
  collect: async (context) => {
    const { readings, to, gateway } = context;
    const failure = firstFailure(readings);
    if (!failure) throw new NothingToAsk('no reading tells when the failures began');
    const ids = [gateway.id, ...scopeOf(readings).known].flatMap((id) => partsOf(id) ?? []).slice(0, MAX_IDS);
    const groups = unique(ids.map(({ group }) => group)).slice(0, MAX_GROUPS);
    const subscriptions = unique(ids.map(({ subscription }) => subscription)).slice(0, MAX_GROUPS);
    const from = new Date(Date.parse(failure.at) - CHANGES_BEFORE_MS);
    const until = new Date(Math.max(from.getTime(), Math.min(Date.parse(failure.latest) + AFTER_MS, to.getTime())));
    const query = changesQuery(unique(ids.map(({ id }) => id)), groups, { from, until });
    return readPages(endingEarly(context, deadlineMs), query, subscriptions);
  },
};

/** Everything that goes into the query: only the characters that Azure allows in names. */
const ID = /^\/subscriptions\/([\w-]{1,64})\/resourcegroups\/([\p{L}\p{N}_.()-]{1,90})\/providers\/[\w./()-]{1,500}$/iu;

function partsOf(id: string): { id: string; subscription: string; group: string } | undefined {
  const [whole, subscription, group] = ID.exec(id) ?? [];
  if (whole === undefined || subscription === undefined || group === undefined) return undefined;
  return { id: whole, subscription: subscription.toLowerCase(), group };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Map(texts.map((text) => [text.toLowerCase(), text])).values()];
}

/** The pages as one document of the service's own shape. A later page that does not come leaves what came before. */
async function readPages(context: CollectContext, query: string, subscriptions: readonly string[]): Promise<unknown> {
  const data: unknown[] = [];
  let skipToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    try {
      const answer = fieldsOf(await readPage(context, query, subscriptions, skipToken));
      const rows = answer.get('data');
      if (!Array.isArray(rows)) throw unreadableAnswer('the service answered without rows');
      data.push(...rows.map(withoutSecrets).filter((row) => row !== undefined));
      const next = answer.get('$skiptoken');
      skipToken = typeof next === 'string' && next !== '' && rows.length > 0 ? next : undefined;
    } catch (error) {
      if (page === 0) throw error;
      break;
    }
    if (skipToken === undefined) break;
  }
  return { count: data.length, data, ...(skipToken === undefined ? {} : { isCutOff: true }) };
}

async function readPage(
  { clients, abort }: CollectContext,
  query: string,
  subscriptions: readonly string[],
  skipToken: string | undefined,
): Promise<unknown> {
  const client = await clients.resourceGraph();
  const paging = {
    resultFormat: 'objectArray' as const,
    top: PAGE_SIZE,
    ...(skipToken === undefined ? {} : { skipToken }),
  };
  return rawBodyOf((onResponse) =>
    client.resources({ query, subscriptions: [...subscriptions], options: paging }, { abortSignal: abort, onResponse }),
  );
}
