import type { Digest, DigestItem, Notification } from '../core/notification.ts';
import { parseGatewayId } from '../core/resource-id.ts';
import { type AuditFinding, isAtLeast, type News } from './audit.ts';
import { COST_MEANINGS, COSTS, NEARNESS, type Nearness } from './check.ts';

/** More than these nobody reads in a channel; the rest is counted. */
const MAX_ITEMS = 25;

const NEARNESS_MEANINGS: Readonly<Record<Nearness, string>> = {
  now: 'it costs this already',
  soon: 'it is close',
  someday: 'something else has to happen first',
};

/** What is to be told of one finding, as it is kept until it has been told. */
export interface Told extends DigestItem {
  readonly key: string;
  readonly gatewayId: string;
  readonly cost: AuditFinding['cost'];
  readonly nearness: AuditFinding['nearness'];
}

/** What of the news is worth a message: hygiene can be read whenever somebody has the time. Pure. */
export function toldOf(gatewayId: string, news: readonly News[]): readonly Told[] {
  const gateway = parseGatewayId(gatewayId)?.name ?? gatewayId;
  return news
    .filter(({ finding }) => isAtLeast(finding.cost, 'requests'))
    .flatMap(({ finding, kind }): readonly Told[] => {
      const { check, title, says, cost, nearness, because, fix, key } = finding;
      const [[cited], [step]] = [because, fix];
      if (!cited || !step) return [];
      const costs = `${COST_MEANINGS[cost]}; ${NEARNESS_MEANINGS[nearness]}`;
      return [
        { key, gatewayId, gateway, check, title, news: kind, cost, nearness, costs, says, because: cited, fix: step },
      ];
    });
}

export interface DigestOf {
  readonly id: string;
  readonly at: string;
  readonly audited: number;
  readonly told: readonly Told[];
  readonly unread: readonly { readonly gatewayId: string; readonly reason: string }[];
  /** `https://portal.azure.com` */
  readonly portalUrl: string;
}

/** The message of a day; undefined where there is nothing to say. Pure. */
export function composeDigest({ id, at, audited, told, unread, portalUrl }: DigestOf): Notification | undefined {
  if (told.length === 0 && unread.length === 0) return undefined;
  const ranked = told.toSorted(
    (left, right) =>
      COSTS.indexOf(left.cost) - COSTS.indexOf(right.cost) ||
      NEARNESS.indexOf(left.nearness) - NEARNESS.indexOf(right.nearness) ||
      (left.key < right.key ? -1 : 1),
  );
  const shown = ranked.slice(0, MAX_ITEMS);
  const digest: Digest = {
    audited,
    items: shown.map(
      ({ gateway, check, title, news, costs, says, because, fix }): DigestItem => ({
        ...{ gateway, check, title, news, costs, says, because, fix },
      }),
    ),
    unread: unread.slice(0, MAX_ITEMS).map(({ gatewayId, reason }) => ({ gateway: nameOf(gatewayId), reason })),
  };
  return {
    incidentId: id,
    revision: 1,
    kind: 'digest',
    severity: told.some(({ cost }) => isAtLeast(cost, 'pool')) ? 'warning' : 'info',
    gateway: gatewayOf([...told, ...unread], portalUrl),
    headline: headlineOf(told, unread.length, told.length - shown.length),
    digest,
    fired: [],
    causes: [],
    alternatives: [],
    affected: [],
    impact: 'appgw-triage audit has all of it, with what each finding was read off.',
    unreadable: [],
    openedAt: at,
    at,
  };
}

function nameOf(gatewayId: string): string {
  return parseGatewayId(gatewayId)?.name ?? gatewayId;
}

/** The gateway that all of it is about, or how many there are. */
function gatewayOf(about: readonly { readonly gatewayId: string }[], portalUrl: string): Notification['gateway'] {
  const ids = [...new Map(about.map(({ gatewayId }) => [gatewayId.toLowerCase(), gatewayId])).values()];
  const [only] = ids;
  const parsed = only === undefined || ids.length > 1 ? undefined : parseGatewayId(only);
  if (!parsed) return { id: '', name: `${ids.length} gateways` };
  const { id, name, resourceGroup, subscription } = parsed;
  return { id, name, resourceGroup, subscription, portalUrl: `${portalUrl}/#@/resource${id}/overview` };
}

function headlineOf(told: readonly Told[], unread: number, leftOut: number): string {
  const count = (news: Told['news']) => told.filter((one) => one.news === news).length;
  const parts = [
    counted(count('worse'), 'finding is worse', 'findings are worse'),
    counted(count('new'), 'finding is new', 'findings are new'),
    counted(unread, 'gateway can no longer be read', 'gateways can no longer be read'),
  ].filter((part) => part !== undefined);
  const more = leftOut > 0 ? ` The ${MAX_ITEMS} that cost most are told here.` : '';
  return `Daily audit: ${parts.join(', ')}.${more}`;
}

function counted(count: number, one: string, many: string): string | undefined {
  return count === 0 ? undefined : `${count} ${count === 1 ? one : many}`;
}
