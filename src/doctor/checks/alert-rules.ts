import { command } from '../../core/shell.ts';
import {
  ALERT_RIGHTS,
  type AlertRule,
  type Criterion,
  type LogRule,
  type MetricRule,
  type RulesRead,
  readAlertRules,
} from '../alert-rules.ts';
import type { Check, Finding, GatewayInScope, Read } from '../check.ts';
import {
  ACCESS_LOG,
  DIAGNOSTICS_RIGHT,
  type DiagnosticSetting,
  readDiagnosticSettings,
  writes,
} from '../diagnostic-settings.ts';
import { GATEWAY_RIGHT, type GatewayDocument, readGateway } from '../gateway-document.ts';
import { type Judgement, judgeCriterion, targetsOf } from '../metric-criterion.ts';
import { listed } from '../names.ts';

interface Found extends RulesRead {
  readonly document: Read<GatewayDocument>;
  readonly diagnostics: Read<readonly DiagnosticSetting[]>;
}

/** Whether a rule of Azure Monitor would notice failing backends, and whether each rule can fire and can resolve. */
export const alertRules = {
  id: 'alert-rules',
  title: 'Alert rules',
  rights: [GATEWAY_RIGHT, DIAGNOSTICS_RIGHT, ...ALERT_RIGHTS],
  read: async (port, { gateway }) => {
    const [rules, document, diagnostics] = await Promise.all([
      readAlertRules(port, gateway),
      readGateway(port, gateway),
      readDiagnosticSettings(port, gateway),
    ]);
    return { ...rules, document, diagnostics };
  },
  judge: (found, { gateway }) => {
    const judged = found.rules.map((rule) => judgeRule(rule, found));
    const sound = judged.filter(({ findings }) => findings.length === 0).map(({ rule }) => rule);
    const watching = judged.filter(({ rule, isDead }) => !isDead && watches(rule));
    return [
      ...(sound.length > 0 ? [areSound(sound)] : []),
      ...judged.flatMap(({ findings }) => findings),
      ...found.unread.map(
        ({ kind, reason }): Finding => ({
          state: 'unknown',
          says: `Rules of the kind ${kind} could not be read: ${reason}.`,
        }),
      ),
      ...(watching.length === 0 ? [nobodyWatches(found, gateway.id)] : []),
    ];
  },
} satisfies Check<GatewayInScope, Found>;

function areSound(rules: readonly AlertRule[]): Finding {
  const names = listed(rules.map(({ name }) => name));
  const says =
    rules.length === 1
      ? `Rule ${names} can fire, and ends by itself.`
      : `${rules.length} rules can fire, and end by themselves: ${names}.`;
  return { state: 'ok', says };
}

function nobodyWatches({ unread, rules }: Found, gatewayId: string): Finding {
  const among =
    rules.length === 0
      ? 'There is no alert rule on this gateway'
      : 'None of its alert rules can notice failing backends';
  if (unread.length > 0) return { state: 'unknown', says: `${among} among those that could be read.` };
  return {
    state: 'fail',
    says: `${among}: nothing would tell of an outage but the access log in an event hub.`,
    mend: {
      text: 'infra/modules/alerts.bicep has the rules with the reason of each threshold. The most important of them by hand:',
      command: command(
        'az',
        'monitor',
        'metrics',
        'alert',
        'create',
        '--name',
        'appgw-no-healthy-member',
        '--resource-group',
        '<resource group>',
        '--scopes',
        gatewayId,
        '--condition',
        "min HealthyHostCount < 1 where BackendSettingsPool includes '*'",
        '--window-size',
        '5m',
        '--evaluation-frequency',
        '1m',
        '--action',
        '<action group id>',
      ),
    },
  };
}

/** Whether it is about backends that fail: a gateway has rules about its load and cost as well. */
function watches(rule: AlertRule): boolean {
  switch (rule.kind) {
    case 'metric':
      return rule.criteria.some(isAboutBackends);
    case 'log':
      return rule.queries.some((query) => /httpstatus|502|failed/i.test(query));
    case 'activity':
      return false;
  }
}

/** Members that are counted, or answers that are errors of the server. */
function isAboutBackends({ metric, dimensions }: Criterion): boolean {
  if (/^((un)?healthyhostcount|failedrequests)$/i.test(metric)) return true;
  if (!/^(backend)?responsestatus$/i.test(metric)) return false;
  const group = dimensions.find(({ name }) => /^httpstatusgroup$/i.test(name));
  return (
    group !== undefined && !group.isExcluding && group.values.some((value) => value === '*' || /^5xx$/i.test(value))
  );
}

interface Judged {
  readonly rule: AlertRule;
  readonly findings: readonly Finding[];
  /** Whether it can never fire. */
  readonly isDead: boolean;
}

function judgeRule(rule: AlertRule, found: Found): Judged {
  if (!rule.isEnabled) {
    const says = `Rule ${rule.name} is switched off.`;
    return {
      rule,
      isDead: true,
      findings: [{ state: 'warn', says, mend: { command: update(rule, '--enabled', 'true') } }],
    };
  }
  if (rule.kind === 'activity') return { rule, isDead: false, findings: [] };
  const { isDead, findings } = rule.kind === 'metric' ? judgeMetric(rule, found) : judgeLog(rule, found);
  return { rule, isDead, findings: [...findings, ...judgeTiming(rule)] };
}

/** The names of `az` groups by kind of rule. Log alerts live in an extension of az. */
const GROUPS = { metric: ['metrics', 'alert'], log: ['scheduled-query'], activity: ['activity-log', 'alert'] } as const;

function update(rule: AlertRule, ...options: readonly string[]): string {
  return command('az', 'monitor', ...GROUPS[rule.kind], 'update', '--ids', rule.id, ...options);
}

function judgeTiming(rule: MetricRule | LogRule): readonly Finding[] {
  const { windowMinutes, everyMinutes, resolves, name } = rule;
  const isGappy = windowMinutes !== undefined && everyMinutes !== undefined && windowMinutes < everyMinutes;
  return [
    ...(isGappy
      ? [
          {
            state: 'warn' as const,
            says: `Rule ${name} looks every ${everyMinutes} minutes at the last ${windowMinutes}: what happens in between is not seen.`,
            mend: { command: update(rule, '--window-size', `${everyMinutes}m`) },
          },
        ]
      : []),
    ...(resolves
      ? []
      : [
          {
            state: 'warn' as const,
            says: `Rule ${name} never resolves by itself${rule.kind === 'log' ? ', and fires again with every evaluation' : ''}.`,
            mend: { command: update(rule, '--auto-mitigate', 'true') },
          },
        ]),
  ];
}

function judgeMetric(rule: MetricRule, { document }: Found): Pick<Judged, 'findings' | 'isDead'> {
  const targets = document.state === 'read' ? targetsOf(document.value.gateway) : [];
  const judgements = rule.criteria.map((criterion) => ({ criterion, judgement: judgeCriterion(criterion, targets) }));
  const never = judgements.find(({ judgement }) => judgement.can === 'never');
  const isDead = never !== undefined;
  // Where several have to hold, one that always does takes nothing away.
  const telling = never
    ? [never]
    : judgements.filter(({ judgement }) => judgement.can !== 'always' || judgements.every(isAlways));
  const findings = telling.flatMap(({ criterion, judgement }): Finding[] => {
    if (judgement.can === 'fire') return [];
    return [describe(rule, `${titled(criterion.aggregation)} ${criterion.metric} ${judgement.why}`, judgement.can)];
  });
  return { findings, isDead };
}

function isAlways({ judgement }: { readonly judgement: Judgement }): boolean {
  return judgement.can === 'always';
}

function describe(rule: MetricRule, why: string, can: Exclude<Judgement['can'], 'fire'>): Finding {
  const mend = {
    text: 'A condition that sees it, for this rule or a new one:',
    command: update(
      rule,
      '--remove-conditions',
      '<name of the condition>',
      '--add-condition',
      "min HealthyHostCount < 1 where BackendSettingsPool includes '*'",
    ),
  };
  switch (can) {
    case 'never':
      return { state: 'fail', says: `Rule ${rule.name} can never fire: ${why}.`, mend };
    case 'always':
      return { state: 'fail', says: `Rule ${rule.name} fires once and never resolves: ${why}.`, mend };
    case 'blind':
      return { state: 'fail', says: `Rule ${rule.name} does not see every outage: ${why}.`, mend };
    case 'late':
      return { state: 'warn', says: `Rule ${rule.name} notices late: ${why}.`, mend };
    case 'unknown':
      return { state: 'unknown', says: `Whether rule ${rule.name} can fire is not known: ${why}.` };
  }
}

function titled(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}

/** A query over the table that the logs do not go to finds nothing, for ever. */
function judgeLog(rule: LogRule, { diagnostics }: Found): Pick<Judged, 'findings' | 'isDead'> {
  if (diagnostics.state !== 'read') return { findings: [], isDead: false };
  const text = rule.queries.join('\n');
  const asksOwn = /\bAGW\w*Logs\b/i.test(text);
  const asksShared = /\bAzureDiagnostics\b/i.test(text);
  const kept = diagnostics.value.filter((setting) => setting.workspaceId !== undefined && writes(setting, ACCESS_LOG));
  if (asksOwn === asksShared || kept.some(({ isResourceSpecific }) => isResourceSpecific === asksOwn))
    return { findings: [], isDead: false };
  const table = asksOwn ? 'AGWAccessLogs' : 'AzureDiagnostics';
  const where = kept.length === 0 ? 'no table at all' : asksOwn ? 'AzureDiagnostics' : 'AGWAccessLogs';
  return {
    isDead: true,
    findings: [
      {
        state: 'fail',
        says: `Rule ${rule.name} can never fire: it asks table ${table}, and the logs of this gateway go to ${where}.`,
        mend: {
          text: 'Ask for both tables, as the rules of infra/ do: union isfuzzy=true AGWAccessLogs, AzureDiagnostics.',
        },
      },
    ],
  };
}
