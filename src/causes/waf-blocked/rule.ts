import type { Readings } from '../../core/readings.ts';
import { firewallLogRead } from '../../core/reads.ts';
import { lastSegment } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { gatewayNames, gatewayScope } from '../../core/targets.ts';
import { type FirewallRecord, requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, Verdict } from '../../core/verdict.ts';
import {
  citeRequests,
  durationsByPathRead,
  isNotable,
  shortPath,
  wasLogRead,
} from '../../reasoning/from-access-log.ts';

const id = 'waf-blocked';
const FORBIDDEN_READ = 'The access log: how many requests are answered 403, and on which paths.';

export const wafBlocked = {
  id,
  title: 'The web application firewall blocks requests',
  maturity: 'stable',
  explains: 'aside',
  reads: ['access-log', 'firewall-log', 'gateway'],
  meaning:
    'The firewall of the gateway answers requests with 403 before they reach a backend. Some of that is its purpose; it ' +
    'is worth a look where a good part of the requests, or one path of the application, is blocked. It is not a 502.',
  confirmedBy:
    'Requests answered 403 without a backend have a Blocked record in the firewall log, by transaction or by path.',
  ruledOutBy: 'The 403 carry the status of a backend, no firewall is attached, or it only detects.',
  doNot: [
    'Do not switch the firewall or a whole rule group off for one false alarm.',
    'Do not look for the fault in the backend: these requests never reached it.',
  ],
  prevention: ['Run a new rule set in detection mode against real traffic first, and exclude false alarms narrowly.'],
  blindSpots: [
    'Whether a blocked request was an attack or a customer cannot be told from the log alone.',
    'An upgrade to HTTP/2 in clear text is answered 403 as well, firewall or not.',
  ],
  judge,
} satisfies Rule;

/**
 * Scanners are blocked at every public gateway all day. A twentieth of all requests, and no fewer than ten, is more than
 * the few percent that they usually make up.
 */
const FLOOR_REQUESTS = 10;
const FLOOR_SHARE = 0.05;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), missing: [], fix: [] };
  const blocks = (readings.firewall?.records ?? []).filter((record) => record.action?.toLowerCase() === 'blocked');
  if (!wasLogRead(readings)) return [judgeWithoutLog(readings, blocks)];

  const all = readings.traffic?.groups ?? [];
  const forbidden = all.filter((group) => group.status === 403);
  const own = forbidden.filter((group) => group.serverStatus === undefined);
  if (own.length === 0) {
    const says = forbidden.length === 0 ? 'No request was answered 403.' : 'The backend itself answered 403.';
    const what = forbidden.length === 0 ? 'httpStatus 403' : 'httpStatus 403, serverStatus 403';
    return [{ ...base, verdict: 'ruled-out', because: [citeRequests(forbidden, all, what, says)] }];
  }
  const counted = citeRequests(own, all, 'httpStatus 403, serverStatus empty', 'The gateway answered these itself.');
  const joined = own.flatMap((group) => {
    const record = blocks.find((block) => isSameRequest(block, group));
    return record ? [{ group, record }] : [];
  });
  const passive = joined.length > 0 ? undefined : notBlocking(readings, own);
  if (passive) return [{ ...base, verdict: 'ruled-out', because: [counted, passive] }];

  const blocked = joined.map(({ group }) => group);
  const fix = fixFor(readings, joined[0]?.record);
  const isShare = (groups: readonly TrafficGroup[]) =>
    requestsIn(groups) >= FLOOR_REQUESTS && requestsIn(groups) >= requestsIn(all) * FLOOR_SHARE;
  const records = citeRecords(joined.map(({ record }) => record));
  if (isShare(blocked)) return [{ ...base, verdict: 'confirmed', because: [counted, ...records], fix, weight: 2 }];
  const missing = [firewallLogRead(readings)];
  const prevents = own.filter((group) => group.wafMode?.toLowerCase() === 'prevention');
  const floor = { requests: FLOOR_REQUESTS, share: FLOOR_SHARE };
  if (isNotable(readings, requestsIn(prevents), requestsIn(all), floor)) {
    const says = 'The firewall was set to prevent when it saw these.';
    const because = [counted, citeRequests(prevents, all, 'WAFMode Prevention', says), ...records];
    return [{ ...base, verdict: 'likely', because, missing, fix, weight: 1 }];
  }
  // Of a log of a few rows, what was blocked is what somebody wants to show.
  const isShown = isNotable(readings, requestsIn(blocked), requestsIn(all), { requests: FLOOR_REQUESTS, share: 1 });
  if (isShown) return [{ ...base, verdict: 'likely', because: [counted, ...records], missing, fix, weight: 1 }];
  return [{ ...base, verdict: 'possible', because: [counted, ...records], missing, fix }];
}

/** The same transaction, or, where the log was summarised without that, the same path. */
function isSameRequest(record: FirewallRecord, group: TrafficGroup): boolean {
  const { transactionId, path } = record;
  if (transactionId !== undefined && group.transactionIds.some((other) => sameId(other, transactionId))) return true;
  return path !== undefined && group.path !== undefined && path.toLowerCase() === group.path.toLowerCase();
}

/** AzureDiagnostics writes transaction ids as GUIDs with hyphens, the other tables without. */
function sameId(left: string, right: string): boolean {
  return left.replaceAll('-', '').toLowerCase() === right.replaceAll('-', '').toLowerCase();
}

/** Why no firewall can have answered these. */
function notBlocking({ gateway }: Readings, own: readonly TrafficGroup[]): Citation | undefined {
  if (own.every((group) => group.wafMode?.toLowerCase() === 'detection'))
    return citeRequests(own, own, 'WAFMode Detection', 'The firewall only detects, so it did not block these.');
  if (gateway?.wafAttached !== false) return undefined;
  const says = 'No firewall is attached to this gateway.';
  return { evidence: 'gateway', quote: `"tier": "${gateway.tier ?? 'not given'}"`, says };
}

function judgeWithoutLog(readings: Readings, blocks: readonly FirewallRecord[]): Verdict {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  const missing = [durationsByPathRead(readings, FORBIDDEN_READ, 'HttpStatus == 403')];
  if (blocks.length === 0) return { ...base, verdict: 'inconclusive', because: [], missing };
  const count = (some: readonly FirewallRecord[]) => some.reduce((sum, record) => sum + record.count, 0);
  // Scanners set off a rule here and there; one place that is blocked over and over is one that people use.
  const [most] = [...Map.groupBy(blocks, ({ path }) => path)].sort(([, left], [, right]) => count(right) - count(left));
  // Alone, a handful of records is what somebody picked out.
  const isEnough = count(blocks) >= FLOOR_REQUESTS || !readings.backendHealth;
  const isPlace = most?.[0] !== undefined && isEnough && count(most[1]) * 2 >= count(blocks);
  if (isPlace) {
    const because = citeRecords(most[1]);
    return { ...base, verdict: 'likely', because, missing, fix: fixFor(readings, most[1][0]), weight: 1 };
  }
  return { ...base, verdict: 'possible', because: citeRecords(blocks), missing };
}

function citeRecords(records: readonly FirewallRecord[]): readonly Citation[] {
  return [...new Set(records)].slice(0, 2).map(({ ruleId, message, path }) => ({
    evidence: 'firewall-log',
    quote: `action Blocked, ruleId ${ruleId ?? 'not given'}${message === undefined ? '' : `: ${message.slice(0, 120)}`}`,
    says: `The firewall blocked a request${path === undefined ? '' : ` for ${shortPath(path)}`}.`,
  }));
}

/**
 * With anomaly scoring the block carries the number of the rule that adds the score up (949110 in both rule sets that
 * the service offers). Excluding that one would switch the scoring off; what to exclude is the rule that matched before.
 */
const SCORE_RULES: ReadonlySet<string> = new Set(['949110', '959100', '980130']);

function ruleBehind({ firewall }: Readings, blocked: FirewallRecord | undefined): FirewallRecord | undefined {
  if (!blocked || !SCORE_RULES.has(blocked.ruleId ?? '')) return blocked;
  const isOfBlock = ({ transactionId, path }: FirewallRecord) =>
    transactionId !== undefined && blocked.transactionId !== undefined
      ? sameId(transactionId, blocked.transactionId)
      : path !== undefined && path === blocked.path;
  return firewall?.records.find((record) => !SCORE_RULES.has(record.ruleId ?? '') && isOfBlock(record));
}

function fixFor(readings: Readings, blocked: FirewallRecord | undefined): readonly FixStep[] {
  const record = ruleBehind(readings, blocked);
  const { resourceGroup = '<resource-group>' } = gatewayNames(readings);
  const policyId = blocked?.policyId ?? record?.policyId;
  const policy = policyId === undefined ? '<waf-policy>' : lastSegment(policyId);
  const ruleSet = [
    ...['--resource-group', resourceGroup, '--policy-name', policy, '--type', '<rule-set>', '--version', '<version>'],
    ...['--group-name', record?.ruleGroup ?? '<rule-group>', '--rule-ids', record?.ruleId ?? '<rule-id>'],
    ...['--match-variable', 'RequestArgNames', '--match-operator', 'Equals', '--selector', '<argument-name>'],
  ];
  const change = (verb: string) =>
    command(
      ...['az', 'network', 'application-gateway', 'waf-policy'],
      ...['managed-rule', 'exclusion', 'rule-set', verb],
      ...ruleSet,
    );
  return [
    { text: 'Decide by the firewall records whether these are attacks. If so, there is nothing to repair.' },
    {
      text: 'If they are customers, exclude the one field that sets off the one rule, no more.',
      command: change('add'),
      undo: change('remove'),
    },
  ];
}
