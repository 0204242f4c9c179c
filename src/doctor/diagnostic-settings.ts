import type { GatewayId } from '../core/resource-id.ts';
import { booleanOf, fieldsOf, flatFieldsOf, listOf, textOf } from '../evidence/json.ts';
import type { DoctorPort, Read } from './check.ts';

/** Where a gateway's logs go. */
export interface DiagnosticSetting {
  readonly name: string;
  readonly workspaceId?: string;
  readonly eventHub?: string;
  readonly storageId?: string;
  /** Whether the logs go to tables of their own (AGWAccessLogs) and not to AzureDiagnostics. */
  readonly isResourceSpecific: boolean;
  /** Categories in lower case, of those that are switched on; a group's name stands for what is in it. */
  readonly categories: readonly string[];
}

export const ACCESS_LOG = 'ApplicationGatewayAccessLog';
export const FIREWALL_LOG = 'ApplicationGatewayFirewallLog';
export const DIAGNOSTICS_RIGHT = 'Microsoft.Insights/diagnosticSettings/read';

export async function readDiagnosticSettings(
  port: DoctorPort,
  { id }: GatewayId,
): Promise<Read<readonly DiagnosticSetting[]>> {
  const answer = await port.list(
    `${encodeURI(id)}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview`,
  );
  return answer.state === 'read' ? { state: 'read', value: answer.value.map(readOne) } : answer;
}

function readOne(item: unknown): DiagnosticSetting {
  const fields = flatFieldsOf(item);
  const workspaceId = textOf(fields.get('workspaceid'));
  const eventHub = textOf(fields.get('eventhubauthorizationruleid'));
  const storageId = textOf(fields.get('storageaccountid'));
  return {
    name: textOf(fields.get('name')) ?? 'without a name',
    ...(workspaceId === undefined ? {} : { workspaceId }),
    ...(eventHub === undefined ? {} : { eventHub: textOf(fields.get('eventhubname')) ?? 'the default one' }),
    ...(storageId === undefined ? {} : { storageId }),
    isResourceSpecific: textOf(fields.get('loganalyticsdestinationtype'))?.toLowerCase() === 'dedicated',
    categories: listOf(fields.get('logs')).flatMap((log) => {
      const entry = fieldsOf(log);
      const name = textOf(entry.get('category')) ?? textOf(entry.get('categorygroup'));
      return name !== undefined && booleanOf(entry.get('enabled')) === true ? [name.toLowerCase()] : [];
    }),
  };
}

export function writes({ categories }: DiagnosticSetting, category: string): boolean {
  return categories.includes(category.toLowerCase()) || categories.includes('alllogs');
}
