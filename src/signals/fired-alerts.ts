import type { Signal } from '../core/signal.ts';
import { field, isRecord, textOf } from './fields.ts';
import { gatewayNamed } from './gateway-named.ts';
import { plainText } from './plain-text.ts';
import { readTime } from './time.ts';

const MAX_TITLE_LENGTH = 200;
/** A page of the service's list holds 250. */
const MAX_ALERTS = 1_000;

/**
 * Reads Azure's own list of alerts (Microsoft.AlertsManagement/alerts): the signals of those that are fired about a
 * gateway, as their webhook would have brought them. Total: what is no such alert is left out.
 */
export function signalsInAlertList(body: unknown): readonly Signal[] {
  const value = field(body, 'value');
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_ALERTS).flatMap((alert) => signalOf(alert) ?? []);
}

function signalOf(alert: unknown): Signal | undefined {
  const essentials = field(field(alert, 'properties'), 'essentials');
  if (!isRecord(essentials)) return undefined;
  const id = /\/alerts\/([0-9a-z][0-9a-z_-]{0,127})$/i.exec(textOf(field(alert, 'id')) ?? '')?.[1]?.toLowerCase();
  const { gateway } = gatewayNamed([textOf(field(essentials, 'targetResource')) ?? '']);
  const at = readTime(textOf(field(essentials, 'startDateTime')));
  if (id === undefined || !gateway || at === undefined) return undefined;
  if (textOf(field(essentials, 'monitorCondition'))?.toLowerCase() !== 'fired') return undefined;
  // Its webhook was not lost: a processing rule held it back, or a person has closed it.
  if (field(field(essentials, 'actionStatus'), 'isSuppressed') === true) return undefined;
  if (textOf(field(essentials, 'alertState'))?.toLowerCase() === 'closed') return undefined;
  const severity = /^sev([0-4])$/i.exec(textOf(field(essentials, 'severity')) ?? '')?.[1];
  const rule = textOf(field(essentials, 'alertRule'))?.split('/').at(-1) ?? textOf(field(alert, 'name'));
  return {
    id,
    source: 'azure-monitor',
    kind: kindOf(textOf(field(essentials, 'signalType'))),
    condition: 'fired',
    isTest: false,
    gatewayId: gateway.id,
    title: plainText(rule ?? '', MAX_TITLE_LENGTH) || 'An alert without a name',
    ...(severity === undefined ? {} : { severity: Number(severity) }),
    at,
    criteria: [],
    targets: [],
  };
}

function kindOf(signalType: string | undefined): Signal['kind'] {
  const type = signalType?.toLowerCase();
  if (type === 'log') return 'log-search';
  return type === 'health' ? 'resource-health' : 'metric';
}
