import { command } from '../../core/shell.ts';
import { booleanOf, type Fields, fieldsOf, flatFieldsOf, listOf, textOf } from '../../evidence/json.ts';
import { ALERT_RIGHTS, type RulesRead, readAlertRules } from '../alert-rules.ts';
import { type Check, type Finding, type GatewayInScope, type Read, unread } from '../check.ts';
import { listed } from '../names.ts';

interface Found extends RulesRead {
  readonly groups: readonly { readonly id: string; readonly rules: readonly string[]; readonly read: Read<unknown> }[];
}

/** Whether the rules of the gateway tell anybody, and this app in a form that it reads. */
export const actionGroups = {
  id: 'action-groups',
  title: 'Action groups',
  rights: [...ALERT_RIGHTS, 'Microsoft.Insights/actionGroups/read'],
  read: async (port, { gateway }) => {
    const found = await readAlertRules(port, gateway);
    const ids = new Map<string, { id: string; rules: string[] }>();
    for (const { name, isEnabled, actionGroupIds } of found.rules) {
      for (const id of isEnabled ? actionGroupIds : []) {
        const entry = ids.get(id.toLowerCase()) ?? { id, rules: [] };
        ids.set(id.toLowerCase(), { id, rules: [...entry.rules, name] });
      }
    }
    const groups = await Promise.all(
      [...ids.values()].map(async ({ id, rules }) => ({
        id,
        rules,
        read: await port.get(`${encodeURI(id)}?api-version=2023-01-01`),
      })),
    );
    return { ...found, groups };
  },
  judge: ({ rules, groups, unread: missing }, { setUp: { settings } }) => {
    const silent = rules.filter(({ isEnabled, actionGroupIds }) => isEnabled && actionGroupIds.length === 0);
    const judged = groups.map((group) => judgeGroup(group, settings.ALERT_HUB?.trim().toLowerCase()));
    const findings = [
      ...silent.map(
        ({ name, id }): Finding => ({
          state: 'warn',
          says: `Rule ${name} has no action group: it fires, and nobody is told.`,
          mend: {
            command: command('az', 'resource', 'update', '--ids', id, '--add', 'properties.actions', '<action>'),
          },
        }),
      ),
      ...judged.flatMap((group) => group.findings),
    ];
    if (judged.some(({ hasDoor }) => hasDoor !== 'no')) return findings;
    const says = 'No action group of these rules leads to this app: an alert would open no incident.';
    if (missing.length > 0)
      return [
        ...findings,
        { state: 'unknown', says: 'Not all rules could be read, so whether one leads here is not known.' },
      ];
    return rules.length === 0 ? findings : [...findings, { state: 'fail', says, mend: ADD_DOOR }];
  },
} satisfies Check<GatewayInScope, Found>;

const ADD_DOOR = {
  text: 'The key is that of the function receive-alert.',
  command:
    "az monitor action-group update --name '<action group>' --resource-group '<resource group>' --add-action webhook appgw-triage 'https://<function app>.azurewebsites.net/api/alerts/azure-monitor?code=<key>' usecommonalertschema",
} as const;

/** The path of our door. What stands behind it, the key, is neither looked at nor shown. */
const DOOR = /\/api\/alerts\/azure-monitor$/i;
const FUNCTION = /^receive-alert$/i;

interface JudgedGroup {
  readonly findings: readonly Finding[];
  /** `maybe`: through an event hub, whose reader cannot be seen from here. */
  readonly hasDoor: 'yes' | 'maybe' | 'no';
}

function judgeGroup({ id, rules, read }: Found['groups'][number], ownHub: string | undefined): JudgedGroup {
  const name = id.slice(id.lastIndexOf('/') + 1);
  if (read.state === 'unread') return { findings: [unread(`Action group ${name}`, read)], hasDoor: 'maybe' };
  if (read.state === 'absent') {
    return {
      hasDoor: 'no',
      findings: [
        {
          state: 'fail',
          says: `Action group ${name} does not exist any more: ${listed(rules)} fires, and nobody is told.`,
          mend: { text: 'Give the rule another action group.' },
        },
      ],
    };
  }
  const fields = flatFieldsOf(read.value);
  if (booleanOf(fields.get('enabled')) === false) {
    return {
      hasDoor: 'no',
      findings: [
        {
          state: 'fail',
          says: `Action group ${name} is switched off: ${listed(rules)} fires, and nobody is told.`,
          mend: { command: command('az', 'resource', 'update', '--ids', id, '--set', 'properties.enabled=true') },
        },
      ],
    };
  }
  const doors = [
    ...receivers(fields, 'webhookreceivers', isOurWebhook),
    ...receivers(fields, 'azurefunctionreceivers', isOurFunction),
  ];
  const hubs = receivers(fields, 'eventhubreceivers', () => true);
  doors.push(...hubs.filter((receiver) => textOf(receiver.get('eventhubname'))?.toLowerCase() === ownHub));
  const older = [...new Set([...doors, ...hubs])].filter(
    (receiver) => booleanOf(receiver.get('usecommonalertschema')) !== true,
  );
  const findings: Finding[] = older.map((receiver) => ({
    state: 'warn',
    says: `Action group ${name} sends to ${textOf(receiver.get('name')) ?? 'a receiver'} without the common alert schema: older forms say less of what fired.`,
    mend: { text: 'Switch the common alert schema on at this receiver; in the portal it is a box beside it.' },
  }));
  if (doors.length > 0) {
    const says = `Action group ${name} leads to this app (${listed(rules)}).`;
    return { hasDoor: 'yes', findings: older.length > 0 ? findings : [{ state: 'ok', says }] };
  }
  if (hubs.length === 0) return { hasDoor: 'no', findings };
  const hub = listed(hubs.flatMap((receiver) => textOf(receiver.get('eventhubname')) ?? []));
  const says = `Action group ${name} writes to event hub ${hub}; whether this app reads it cannot be seen from here.`;
  return { hasDoor: 'maybe', findings: [...findings, { state: 'unknown', says }] };
}

function receivers(fields: Fields, kind: string, isOurs: (receiver: Fields) => boolean): readonly Fields[] {
  return listOf(fields.get(kind)).map(fieldsOf).filter(isOurs);
}

function isOurWebhook(receiver: Fields): boolean {
  const [path = ''] = (textOf(receiver.get('serviceuri')) ?? '').split(/[?#]/);
  return DOOR.test(path.replace(/\/+$/, ''));
}

function isOurFunction(receiver: Fields): boolean {
  return FUNCTION.test(textOf(receiver.get('functionname')) ?? '');
}
