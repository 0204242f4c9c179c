import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Check, DoctorPort, GatewayInScope, SetUp } from '../check.ts';
import { examine } from '../examine.ts';
import {
  GATEWAY_ID,
  GROUP,
  gatewayWith,
  lines,
  NOW,
  portWith,
  SUBSCRIPTION,
  setUp,
  subject,
  UNREAD,
} from '../port-for-tests.ts';
import { actionGroups } from './action-groups.ts';
import { alertRules } from './alert-rules.ts';
import { certificates } from './certificates.ts';
import { clock } from './clock.ts';
import { diagnosticSettings } from './diagnostic-settings.ts';
import { eventHubs } from './event-hubs.ts';
import { gateway } from './gateway.ts';
import { gatewayChecks, setUpChecks } from './index.ts';
import { rights } from './rights.ts';
import { settings } from './settings.ts';
import { sinks } from './sinks.ts';
import { subscriptions } from './subscriptions.ts';

async function judged<Subject, Found>(check: Check<Subject, Found>, port: DoctorPort, about: Subject) {
  return check.judge(await check.read(port, about), about);
}

const onGateway = async <Found>(check: Check<GatewayInScope, Found>, port: DoctorPort, about = subject) =>
  lines(await judged(check, port, about));
const onSetUp = async <Found>(check: Check<SetUp, Found>, port: DoctorPort, about = setUp) =>
  lines(await judged(check, port, about));

const DAY_MS = 24 * 60 * 60_000;
const BARE = gatewayWith({ orders: ['10.0.0.4', '10.0.0.5'], shop: ['10.0.0.6', '10.0.0.7', '10.0.0.8', '10.0.0.9'] });
const INSIGHTS = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Insights`;
const DIAGNOSTICS = `${GATEWAY_ID}/providers/Microsoft.Insights/diagnosticSettings`;
const WORKSPACE = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/log`;

describe('the list', () => {
  const all = [...setUpChecks, ...gatewayChecks];

  test('holds every file of the folder, and each id once', () => {
    const files = readdirSync(import.meta.dirname).filter((file) => !/^index\.ts$|\.test\.ts$/.test(file));
    expect(all.map(({ id }) => `${id}.ts`).toSorted()).toEqual(files.toSorted());
  });

  test.each(all.map((check) => [check.id, check] as const))('%s names its rights in full', (_, check) => {
    for (const right of check.rights) expect(right).toMatch(/^Microsoft\.[A-Za-z]+(\/[A-Za-z]+)+\/read$/);
  });

  test('nothing that could not be read is well, and a check that throws costs no other', async () => {
    const collectors = async () => [{ evidence: 'x', title: 'X', isFirst: true, rights: ['Microsoft.Network/x/read'] }];
    const { groups } = await examine(portWith({}, { collectors }), setUp, [subject.gateway]);
    const states = groups.flatMap(({ findings }) => findings.map(({ check, state }) => `${check}: ${state}`));
    expect(states.filter((line) => line.endsWith(': ok'))).toEqual(['settings: ok']);
    for (const { id } of gatewayChecks) expect(states).toContain(`${id}: unknown`);

    const broken = portWith(
      { [GATEWAY_ID]: BARE },
      {
        collectors: () => {
          throw new Error('a defect');
        },
      },
    );
    const after = await examine(broken, setUp, [subject.gateway]);
    const ofGateway = after.groups[1]?.findings.map(({ check, state }) => `${check}: ${state}`);
    expect(ofGateway).toEqual(expect.arrayContaining(['gateway: ok', 'rights: unknown']));
  });

  test('whatever Azure answers, it is judged, in whole sentences', async () => {
    const paths = [
      GATEWAY_ID,
      DIAGNOSTICS,
      `/subscriptions/${SUBSCRIPTION}`,
      ...['metricAlerts', 'scheduledQueryRules', 'activityLogAlerts'].map((kind) => `${INSIGHTS}/${kind}`),
      `${GATEWAY_ID}/providers/Microsoft.Authorization/permissions`,
    ];
    const anything = fc.oneof(fc.array(fc.object({ maxDepth: 3 }), { maxLength: 3 }), fc.object({ maxDepth: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { minLength: paths.length, maxLength: paths.length }), async (answers) => {
        const port = portWith(Object.fromEntries(paths.map((path, index) => [path, answers[index]])));
        const { groups } = await examine(port, setUp, [subject.gateway]);
        for (const { says } of groups.flatMap(({ findings }) => findings)) {
          expect(says).toMatch(/\.$/);
          expect(says).not.toMatch(/undefined|\[object|please report/);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('subscriptions', () => {
  const path = `/subscriptions/${SUBSCRIPTION}`;
  test.each([
    [{ displayName: 'Platform', state: 'Enabled' }, ['ok: Signed in; subscription Platform answers.']],
    [{ displayName: 'Platform', state: 'Disabled' }, [expect.stringMatching(/^fail: .*is disabled/)]],
    [{ state: 'PastDue' }, [expect.stringMatching(/^warn: .*pastdue/)]],
    ['absent', [expect.stringMatching(/^fail: This sign-in does not see/)]],
  ])('%j', async (answer, expected) => {
    expect(await onSetUp(subscriptions, portWith({ [path]: answer }))).toEqual(expected);
  });

  test('a scope without a gateway is told', async () => {
    const found = await onSetUp(subscriptions, portWith({ [path]: { state: 'Enabled' } }), {
      ...setUp,
      gatewayCount: 0,
    });
    expect(found).toEqual([
      expect.stringMatching(/^ok/),
      expect.stringMatching(/^warn: There is no application gateway/),
    ]);
  });
});

describe('clock', () => {
  test.each([
    [0, 'ok'],
    [-20_000, 'ok'],
    [45_000, 'warn'],
    [-400_000, 'fail'],
  ])('%i ms ahead: %s', async (value, state) => {
    const port = portWith({}, { clockAheadMs: async () => ({ state: 'read', value }) });
    const [line = ''] = await onSetUp(clock, port);
    expect(line.split(':')[0]).toBe(state);
  });

  test('without a date nothing is claimed', async () => {
    const port = portWith({}, { clockAheadMs: async () => ({ state: 'absent' }) });
    expect(await onSetUp(clock, port)).toEqual([expect.stringMatching(/^unknown/)]);
  });
});

test('settings that are not usable are named', async () => {
  const settingsProblem = 'These settings are not usable: ARM_CALLS must be a number.';
  expect(await onSetUp(settings, portWith({}), { ...setUp, settingsProblem })).toEqual([`fail: ${settingsProblem}`]);
});

describe('sinks', () => {
  const slack = { name: 'slack', title: 'Slack', places: [{ host: 'hooks.slack.com', port: 443, isTls: true }] };
  const withSinks = (...list: ReturnType<DoctorPort['sinks']>) => ({ sinks: () => list });

  test('none at all is nobody to tell', async () => {
    expect(await onSetUp(sinks, portWith({}))).toEqual([expect.stringMatching(/^fail: No sink is configured/)]);
  });

  test('reached is not the same as delivered', async () => {
    const reached = portWith({}, { ...withSinks(slack), reach: async () => ({ state: 'read', value: 'reached' }) });
    expect(await onSetUp(sinks, reached)).toEqual([expect.stringMatching(/^ok: Slack .*only --send-test shows/)]);
    const blocked = portWith({}, { ...withSinks(slack), reach: async () => ({ state: 'unread', reason: 'refused' }) });
    expect(await onSetUp(sinks, blocked)).toEqual([
      'fail: Slack cannot be reached from here: hooks.slack.com:443, refused.',
    ]);
  });

  test('what is configured wrongly, or elsewhere, is neither reached nor tried', async () => {
    const wrong = { ...slack, places: [], problem: 'SLACK_CHANNEL must be the id of a channel' };
    const elsewhere = { name: 'teams', title: 'Microsoft Teams', places: [], problem: '@Microsoft.KeyVault' };
    const port = portWith({}, withSinks(wrong, elsewhere));
    expect(await onSetUp(sinks, port, { ...setUp, sendTestAbout: subject.gateway })).toEqual([
      'fail: Slack is configured wrongly: SLACK_CHANNEL must be the id of a channel.',
      expect.stringMatching(/^unknown: Microsoft Teams takes its secret from a Key Vault/),
    ]);
  });

  test.each([
    [{ state: 'read', value: 'delivered' }, 'ok: Slack took the test message.'],
    [
      { state: 'unread', reason: 'Slack answered 403.' },
      'fail: Slack did not take the test message: Slack answered 403.',
    ],
    [{ state: 'absent' }, expect.stringMatching(/^unknown: Slack was sent no test message/)],
  ] as const)('a test message that came to %j', async (sent, line) => {
    const port = portWith({}, { ...withSinks(slack), sendTest: async () => sent });
    expect(await onSetUp(sinks, port, { ...setUp, sendTestAbout: subject.gateway })).toEqual([line]);
  });
});

describe('event hubs', () => {
  const hub = (partitions: readonly (number | undefined)[]) => ({
    setting: 'ACCESS_LOG_HUB',
    name: 'gateway-logs',
    isOftenQuiet: false,
    partitions: {
      state: 'read' as const,
      value: partitions.map((ago, index) => ({
        id: String(index),
        ...(ago === undefined ? {} : { lastEnqueuedAt: new Date(NOW.getTime() - ago * 60_000) }),
      })),
    },
  });
  const found = (one: Awaited<ReturnType<DoctorPort['hubs']>>[number]) =>
    onSetUp(eventHubs, portWith({}, { hubs: async () => [one] }));

  test('flowing, quiet, empty, gone and unreadable are told apart', async () => {
    expect(await found(hub([3, 400, undefined]))).toEqual([
      expect.stringMatching(/^ok: .* 3 partitions is 3 minutes old\. Nothing has come to partition 2 yet\.$/),
    ]);
    expect(await found(hub([90, 400]))).toEqual([expect.stringMatching(/^warn: .*90 minutes old/)]);
    expect(await found(hub([undefined]))).toEqual([expect.stringMatching(/^warn: .*never held/)]);
    expect(await found({ ...hub([]), partitions: { state: 'absent' } })).toEqual([
      expect.stringMatching(/^fail: .*does not exist/),
    ]);
    expect(await found({ ...hub([undefined]), isOftenQuiet: true })).toEqual([
      expect.stringMatching(/^ok: .*answers\.$/),
    ]);
    expect(await found({ ...hub([]), partitions: UNREAD })).toEqual([expect.stringMatching(/^unknown: /)]);
  });
});

test.each([
  [BARE, /^ok: Gateway agw-edge \(Standard_v2\) can be read, and is running\.$/],
  [gatewayWith({}, { operationalState: 'Stopped' }), /^warn: .*is stopped/],
  [gatewayWith({}, { provisioningState: 'Failed' }), /^warn: .*last change/],
  [gatewayWith({}, { sku: { name: 'WAF_Medium', tier: 'WAF' } }), /^warn: .*retired v1 \(WAF\)/],
  ['absent', /^fail: Azure does not know gateway agw-edge/],
  [{ value: 'nonsense' }, /^unknown: Gateway agw-edge could not be read/],
])('a gateway %#', async (answer, line) => {
  expect(await onGateway(gateway, portWith({ [GATEWAY_ID]: answer }))).toEqual([expect.stringMatching(line)]);
});

describe('rights', () => {
  const NETWORK = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-network`;
  const permissions = (scope: string) => `${scope}/providers/Microsoft.Authorization/permissions`;
  const collectors = [
    {
      evidence: 'backend-health',
      title: 'Backend health',
      isFirst: true,
      rights: ['Microsoft.Network/applicationGateways/backendhealth/action'],
    },
    {
      evidence: 'access-log',
      title: 'Access log',
      isFirst: true,
      rights: ['Microsoft.Insights/logs/AGWAccessLogs/read', 'Microsoft.Insights/logs/AzureDiagnostics/read'],
    },
    {
      evidence: 'nsg',
      title: 'Security groups',
      isFirst: false,
      rights: ['Microsoft.Network/networkSecurityGroups/read'],
    },
    { evidence: 'nics', title: 'Interfaces', isFirst: false, rights: ['Microsoft.Network/networkInterfaces/read'] },
    { evidence: 'probe-results', title: 'Prober', isFirst: false, rights: [] },
  ];
  const held = (gatewayActions: readonly string[], network: readonly string[], subscription: readonly string[]) =>
    portWith(
      {
        [GATEWAY_ID]: BARE,
        [permissions(GATEWAY_ID)]: [{ actions: gatewayActions, notActions: [] }],
        [permissions(NETWORK)]: [{ actions: network, notActions: [] }],
        [permissions(`/subscriptions/${SUBSCRIPTION}`)]: [{ actions: subscription, notActions: [] }],
      },
      { collectors: async () => collectors },
    );

  test('all of them', async () => {
    expect(await onGateway(rights, held([], [], ['*']))).toEqual([
      'ok: Whoever is signed in may read 4 of 4 kinds of evidence.',
    ]);
  });

  test('a reader lacks what is asked by POST, which fails; one log table is enough', async () => {
    const found = await onGateway(rights, held(['*/read'], ['*/read'], ['*/read']));
    expect(found).toEqual([
      'ok: Whoever is signed in may read 3 of 4 kinds of evidence.',
      'fail: Backend health: whoever is signed in lacks Microsoft.Network/applicationGateways/backendhealth/action.',
    ]);
    const oneTable = held(['Microsoft.Insights/logs/AzureDiagnostics/read', '*/action'], [], []);
    expect((await onGateway(rights, oneTable)).join('\n')).not.toContain('Access log');
  });

  test('what is held near the gateway alone does not reach members elsewhere', async () => {
    expect(await onGateway(rights, held(['*'], ['*'], []))).toEqual([
      'ok: Whoever is signed in may read 3 of 4 kinds of evidence.',
      expect.stringMatching(
        /^warn: Interfaces: may be read in the resource groups of the gateway and its network only/,
      ),
    ]);
  });

  test('a later kind that is missing costs certainty, and the command names what is lacking where', async () => {
    const findings = await judged(rights, held(['*'], [], []), subject);
    const nsg = findings.find(({ says }) => says.startsWith('Security groups'));
    expect(nsg).toMatchObject({
      state: 'warn',
      mend: { command: `az role assignment create --assignee '<object id>' --role Reader --scope ${NETWORK}` },
    });
  });

  test('rights that cannot be read are no rights that are missing', async () => {
    const port = portWith({ [GATEWAY_ID]: BARE }, { collectors: async () => collectors });
    expect(await onGateway(rights, port)).toEqual([
      'unknown: Backend health, Access log, Security groups, Interfaces: which rights are held could not be read: 403 AuthorizationFailed: the identity may not read this.',
    ]);
  });

  test('an identity is judged by its roles, and a role that is not shown leaves it open', async () => {
    const principalId = '7f0f5a5e-1111-4222-8333-444455556666';
    const about = { ...subject, setUp: { ...setUp, principalId } };
    const role = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/r1`;
    const assigned = [{ properties: { roleDefinitionId: role } }];
    const scopes = [GATEWAY_ID, NETWORK, `/subscriptions/${SUBSCRIPTION}`];
    const assignments = Object.fromEntries(
      scopes.map((scope) => [`${scope}/providers/Microsoft.Authorization/roleAssignments`, assigned]),
    );
    const definition = { properties: { permissions: [{ actions: ['*/read'], notActions: [] }] } };
    const more = { collectors: async () => collectors };
    const shown = portWith({ [GATEWAY_ID]: BARE, ...assignments, [role]: definition }, more);
    expect(await onGateway(rights, shown, about)).toEqual([
      `ok: Identity ${principalId} may read 3 of 4 kinds of evidence.`,
      `fail: Backend health: identity ${principalId} lacks Microsoft.Network/applicationGateways/backendhealth/action.`,
    ]);
    const hidden = portWith({ [GATEWAY_ID]: BARE, ...assignments }, more);
    expect(await onGateway(rights, hidden, about)).toEqual([expect.stringMatching(/^unknown: .*role definitions/)]);
  });
});

describe('diagnostic settings', () => {
  const setting = (properties: object, ...categories: readonly string[]) => ({
    name: 's',
    properties: { ...properties, logs: categories.map((category) => ({ category, enabled: true })) },
  });
  const found = (list: readonly unknown[], document = BARE, workspace: unknown = { properties: {} }) =>
    onGateway(diagnosticSettings, portWith({ [GATEWAY_ID]: document, [DIAGNOSTICS]: list, [WORKSPACE]: workspace }));
  const toWorkspace = { workspaceId: WORKSPACE, logAnalyticsDestinationType: 'Dedicated' };

  test('the access log in a workspace is what is needed, in either table', async () => {
    expect(await found([setting(toWorkspace, 'ApplicationGatewayAccessLog')])).toEqual([
      'ok: The access log goes to a workspace (table AGWAccessLogs).',
    ]);
    expect(await found([setting({ workspaceId: WORKSPACE }, 'ApplicationGatewayAccessLog')])).toEqual([
      'ok: The access log goes to a workspace (table AzureDiagnostics).',
    ]);
    const group = { properties: { ...toWorkspace, logs: [{ categoryGroup: 'allLogs', enabled: true }] } };
    expect(await found([group])).toEqual([expect.stringMatching(/^ok: /)]);
  });

  test('a category that is switched off, or another one, is written nowhere', async () => {
    const off = { properties: { ...toWorkspace, logs: [{ category: 'ApplicationGatewayAccessLog', enabled: false }] } };
    expect(await found([off])).toEqual([expect.stringMatching(/^fail: The access log is written nowhere/)]);
    expect(await found([setting(toWorkspace, 'ApplicationGatewayPerformanceLog')])).toEqual([
      expect.stringMatching(/^fail: /),
    ]);
    const [finding] = await judged(diagnosticSettings, portWith({ [GATEWAY_ID]: BARE, [DIAGNOSTICS]: [] }), subject);
    expect(finding?.mend?.command).toContain(`--resource ${GATEWAY_ID} --workspace '<workspace id>'`);
  });

  test('a hub alone cannot be read back', async () => {
    const hub = setting({ eventHubAuthorizationRuleId: '/x', eventHubName: 'logs' }, 'ApplicationGatewayAccessLog');
    expect(await found([hub])).toEqual([
      expect.stringMatching(/^warn: The access log goes to event hub logs, and to no/),
    ]);
  });

  test('the firewall log counts only where there is a firewall', async () => {
    const waf = gatewayWith({}, { sku: { tier: 'WAF_v2' } });
    expect(await found([setting(toWorkspace, 'ApplicationGatewayAccessLog')], waf)).toEqual([
      expect.stringMatching(/^ok: /),
      'warn: The firewall log is written nowhere.',
    ]);
  });

  test('a workspace that takes nothing in, or is gone, is told', async () => {
    const list = [setting(toWorkspace, 'ApplicationGatewayAccessLog')];
    const capped = { properties: { workspaceCapping: { dataIngestionStatus: 'OverQuota' } } };
    expect((await found(list, BARE, capped))[1]).toMatch(/^fail: Workspace log has reached its daily cap/);
    expect((await found(list, BARE, 'absent'))[1]).toMatch(/^fail: Workspace log, .* does not exist/);
  });
});

const AG = `${GROUP}/providers/Microsoft.Insights/actionGroups/ag`;

function metricRule(name: string, criterion: object, more: object = {}) {
  return {
    id: `${GROUP}/providers/microsoft.insights/metricAlerts/${name}`,
    name,
    properties: {
      scopes: [GATEWAY_ID.toLowerCase()],
      enabled: true,
      windowSize: 'PT5M',
      evaluationFrequency: 'PT1M',
      criteria: { allOf: [{ criterionType: 'StaticThresholdCriterion', timeAggregation: 'Minimum', ...criterion }] },
      actions: [{ actionGroupId: AG }],
      ...more,
    },
  };
}

const SPLIT = [{ name: 'BackendSettingsPool', operator: 'Include', values: ['*'] }];
const GOOD = { metricName: 'HealthyHostCount', operator: 'LessThan', threshold: 1, dimensions: SPLIT };
const rulesAnswers = (metric: readonly unknown[], log: readonly unknown[] = [], activity: readonly unknown[] = []) => ({
  [GATEWAY_ID]: BARE,
  [`${INSIGHTS}/metricAlerts`]: metric,
  [`${INSIGHTS}/scheduledQueryRules`]: log,
  [`${INSIGHTS}/activityLogAlerts`]: activity,
});

describe('alert rules', () => {
  const found = (...args: Parameters<typeof rulesAnswers>) => onGateway(alertRules, portWith(rulesAnswers(...args)));

  test('a good one', async () => {
    expect(await found([metricRule('good', GOOD)])).toEqual(['ok: Rule good can fire, and ends by itself.']);
  });

  test('none at all, and none about backends, come to the same', async () => {
    expect(await found([])).toEqual([expect.stringMatching(/^fail: There is no alert rule on this gateway/)]);
    const load = { metricName: 'CapacityUnits', timeAggregation: 'Average', operator: 'GreaterThan', threshold: 75 };
    expect(await found([metricRule('load', load)])).toEqual([
      'ok: Rule load can fire, and ends by itself.',
      expect.stringMatching(/^fail: None of its alert rules can notice failing backends/),
    ]);
    const clients = {
      ...GOOD,
      metricName: 'ResponseStatus',
      dimensions: [{ name: 'HttpStatusGroup', values: ['4xx'] }],
    };
    expect(await found([metricRule('clients', { ...clients, operator: 'GreaterThan' })])).toHaveLength(2);
  });

  test('one that can never fire watches nothing', async () => {
    const average = { ...GOOD, timeAggregation: 'Average', dimensions: [] };
    expect(await found([metricRule('average', average)])).toEqual([
      expect.stringMatching(/^fail: Rule average can never fire: Average HealthyHostCount is not split/),
      expect.stringMatching(/^fail: None of its alert rules/),
    ]);
    expect(await found([metricRule('off', GOOD, { enabled: false })])).toEqual([
      'warn: Rule off is switched off.',
      expect.stringMatching(/^fail: None/),
    ]);
  });

  test('one that never ends, or looks away in between', async () => {
    expect(await found([metricRule('stays', GOOD, { autoMitigate: false, evaluationFrequency: 'PT15M' })])).toEqual([
      'warn: Rule stays looks every 15 minutes at the last 5: what happens in between is not seen.',
      'warn: Rule stays never resolves by itself.',
    ]);
    const always = { ...GOOD, threshold: 9 };
    expect(await found([metricRule('always', always)])).toEqual([
      expect.stringMatching(/^fail: Rule always fires once and never resolves/),
    ]);
  });

  test('several conditions have to hold together', async () => {
    const criteria = (...all: readonly object[]) => ({
      criteria: { allOf: all.map((one) => ({ timeAggregation: 'Minimum', ...one })) },
    });
    const always = { ...GOOD, threshold: 9 };
    expect(await found([metricRule('both', GOOD, criteria(GOOD, always))])).toEqual([expect.stringMatching(/^ok/)]);
    const never = { ...GOOD, threshold: 0 };
    expect((await found([metricRule('dead', GOOD, criteria(GOOD, never))]))[0]).toMatch(/^fail: Rule dead can never/);
  });

  test('rules over a group count where they mean gateways, those of others do not', async () => {
    const wide = { scopes: [GROUP], targetResourceType: 'Microsoft.Network/applicationGateways' };
    expect(await found([metricRule('wide', GOOD, wide)])).toEqual(['ok: Rule wide can fire, and ends by itself.']);
    const machines = { scopes: [GROUP], targetResourceType: 'Microsoft.Compute/virtualMachines' };
    const other = { scopes: [`${GATEWAY_ID}-2`] };
    expect(await found([metricRule('machines', GOOD, machines), metricRule('other', GOOD, other)])).toEqual([
      expect.stringMatching(/^fail: There is no alert rule/),
    ]);
  });

  test('a query over the table that is not written to finds nothing', async () => {
    const log = (query: string) => ({
      id: '/r',
      name: 'by-log',
      properties: { scopes: [WORKSPACE], autoMitigate: true, criteria: { allOf: [{ query }] } },
    });
    const own = {
      properties: {
        workspaceId: WORKSPACE,
        logAnalyticsDestinationType: 'Dedicated',
        logs: [{ category: 'ApplicationGatewayAccessLog', enabled: true }],
      },
    };
    const judge = (query: string) =>
      onGateway(alertRules, portWith({ ...rulesAnswers([], [log(query)]), [DIAGNOSTICS]: [own] }));
    const shared = 'AzureDiagnostics | where Category == "ApplicationGatewayAccessLog" | where httpStatus_d == 502';
    expect(await judge(shared)).toEqual([
      expect.stringMatching(/^fail: Rule by-log can never fire: it asks table AzureDiagnostics/),
      expect.stringMatching(/^fail: None/),
    ]);
    expect(await judge('AGWAccessLogs | where HttpStatus == 502')).toEqual([expect.stringMatching(/^ok/)]);
    const both = `union isfuzzy=true AGWAccessLogs, (${shared})`;
    expect(await judge(both)).toEqual([expect.stringMatching(/^ok/)]);
  });

  test('rules that could not be read may be the ones that watch', async () => {
    const answers = rulesAnswers([]);
    delete (answers as Record<string, unknown>)[`${INSIGHTS}/metricAlerts`];
    expect(await onGateway(alertRules, portWith(answers))).toEqual([
      expect.stringMatching(/^unknown: Rules of the kind metricAlerts/),
      'unknown: There is no alert rule on this gateway among those that could be read.',
    ]);
  });
});

describe('action groups', () => {
  const found = (group: unknown, rule = metricRule('good', GOOD)) =>
    onGateway(actionGroups, portWith({ ...rulesAnswers([rule]), [AG]: group }));
  const webhook = (serviceUri: string, useCommonAlertSchema = true) => ({
    properties: { enabled: true, webhookReceivers: [{ name: 'w', serviceUri, useCommonAlertSchema }] },
  });
  const DOOR = 'https://f.azurewebsites.net/api/alerts/azure-monitor?code=s3cret';

  test('one that leads here', async () => {
    expect(await found(webhook(DOOR))).toEqual(['ok: Action group ag leads to this app (good).']);
  });

  test('one that leads elsewhere, or nowhere, and one that is off', async () => {
    const elsewhere = await found(webhook('https://example.com/hook?path=/api/alerts/azure-monitor'));
    expect(elsewhere).toEqual([expect.stringMatching(/^fail: No action group of these rules leads to this app/)]);
    expect((await found('absent'))[0]).toMatch(/^fail: Action group ag does not exist/);
    const off = { properties: { ...webhook(DOOR).properties, enabled: false } };
    expect((await found(off))[0]).toMatch(/^fail: Action group ag is switched off/);
    const silent = await found(webhook(DOOR), metricRule('silent', GOOD, { actions: [] }));
    expect(silent[0]).toMatch(/^warn: Rule silent has no action group/);
  });

  test('older forms say less, and no key is ever shown', async () => {
    const findings = await judged(
      actionGroups,
      portWith({ ...rulesAnswers([metricRule('good', GOOD)]), [AG]: webhook(DOOR, false) }),
      subject,
    );
    expect(lines(findings)).toEqual([expect.stringMatching(/^warn: .*without the common alert schema/)]);
    expect(JSON.stringify(findings)).not.toContain('s3cret');
  });

  test('what cannot be seen from here is not claimed', async () => {
    const hub = {
      properties: { enabled: true, eventHubReceivers: [{ eventHubName: 'alerts', useCommonAlertSchema: true }] },
    };
    expect(await found(hub)).toEqual([expect.stringMatching(/^unknown: Action group ag writes to event hub alerts/)]);
    const port = portWith({ ...rulesAnswers([metricRule('good', GOOD)]), [AG]: hub });
    const known = { ...subject, setUp: { ...setUp, settings: { ALERT_HUB: 'Alerts' } } };
    expect(await onGateway(actionGroups, port, known)).toEqual(['ok: Action group ag leads to this app (good).']);
    const unreadable = portWith(rulesAnswers([metricRule('good', GOOD)]));
    expect(await onGateway(actionGroups, unreadable)).toEqual([expect.stringMatching(/^unknown: Action group ag/)]);
  });
});

describe('certificates', () => {
  const VAULTS = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.KeyVault/vaults`;
  const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/kv`;
  const listener = (properties: object) => gatewayWith({}, { sslCertificates: [{ name: 'www', properties }] });
  const inVault = (url: string, secret: unknown) =>
    portWith({
      [GATEWAY_ID]: listener({ keyVaultSecretId: url }),
      [VAULTS]: [{ id: VAULT, name: 'KV' }],
      [`${VAULT}/secrets/www`]: secret,
    });
  const ending = (days: number, more: object = {}) => ({
    properties: { attributes: { enabled: true, exp: Math.floor((NOW.getTime() + days * DAY_MS) / 1000), ...more } },
  });
  const URL_OF_SECRET = 'https://kv.vault.azure.net/secrets/www';

  test.each([
    [200, /^ok: 1 certificate of 1 will not end within 30 days\.$/],
    [12.5, /^warn: Listener certificate www ends in 12 days \(2026-10-02\)\.$/],
    [-1, /^fail: Listener certificate www has expired \(2026-09-19\)\.$/],
  ])('%d days before its end', async (days, line) => {
    expect(await onGateway(certificates, inVault(URL_OF_SECRET, ending(days)))).toEqual([expect.stringMatching(line)]);
    const shown = portWith(
      { [GATEWAY_ID]: listener({ publicCertData: 'MII' }) },
      { certificateEnd: () => new Date(NOW.getTime() + days * DAY_MS) },
    );
    expect(await onGateway(certificates, shown)).toEqual([expect.stringMatching(line)]);
  });

  test('a pinned version is never renewed, and a secret that is off is gone', async () => {
    const pinned = inVault(`${URL_OF_SECRET}/0123456789abcdef`, ending(200));
    expect(await onGateway(certificates, pinned)).toEqual([expect.stringMatching(/^warn: .*names one version/)]);
    const off = inVault(URL_OF_SECRET, ending(200, { enabled: false }));
    expect(await onGateway(certificates, off)).toEqual([expect.stringMatching(/^fail: .*switched off/)]);
    const gone = inVault(URL_OF_SECRET, 'absent');
    expect(await onGateway(certificates, gone)).toEqual([expect.stringMatching(/^fail: .*not in its vault/)]);
  });

  test('what no document tells stays open', async () => {
    const foreign = inVault('https://elsewhere.vault.azure.net/secrets/www', ending(200));
    expect(await onGateway(certificates, foreign)).toEqual([
      expect.stringMatching(/^unknown: .*vault elsewhere is not/),
    ]);
    const garbage = portWith({ [GATEWAY_ID]: listener({ publicCertData: 'garbage' }) });
    expect(await onGateway(certificates, garbage)).toEqual([expect.stringMatching(/^unknown: .*no certificate/)]);
    const forever = inVault(URL_OF_SECRET, { properties: { attributes: { enabled: true } } });
    expect(await onGateway(certificates, forever)).toEqual([expect.stringMatching(/^unknown: .*keeps no end/)]);
    const far = inVault(URL_OF_SECRET, { properties: { attributes: { exp: 1e300 } } });
    expect(await onGateway(certificates, far)).toEqual([expect.stringMatching(/^ok/)]);
  });
});
