import { command } from '../../core/shell.ts';
import { fieldsOf, flatFieldsOf, textOf } from '../../evidence/json.ts';
import { type Check, type Finding, type GatewayInScope, type Mend, type Read, unread } from '../check.ts';
import {
  ACCESS_LOG,
  DIAGNOSTICS_RIGHT,
  type DiagnosticSetting,
  FIREWALL_LOG,
  readDiagnosticSettings,
  writes,
} from '../diagnostic-settings.ts';
import { GATEWAY_RIGHT, readGateway } from '../gateway-document.ts';
import { listed } from '../names.ts';

interface Found {
  readonly settings: Read<readonly DiagnosticSetting[]>;
  /** Undefined where the gateway could not be read. */
  readonly hasFirewall?: boolean;
  readonly workspaces: readonly { readonly id: string; readonly read: Read<unknown> }[];
}

/** Whether the logs that a diagnosis reads are written, where to, and whether that takes them in. */
export const diagnosticSettings = {
  id: 'diagnostic-settings',
  title: 'Diagnostic settings',
  rights: [GATEWAY_RIGHT, DIAGNOSTICS_RIGHT, 'Microsoft.OperationalInsights/workspaces/read'],
  read: async (port, { gateway }) => {
    const [settings, document] = await Promise.all([readDiagnosticSettings(port, gateway), readGateway(port, gateway)]);
    const ids = settings.state === 'read' ? settings.value.flatMap(({ workspaceId }) => workspaceId ?? []) : [];
    const unique = [...new Map(ids.map((id) => [id.toLowerCase(), id])).values()];
    const workspaces = await Promise.all(
      unique.map(async (id) => ({ id, read: await port.get(`${encodeURI(id)}?api-version=2022-10-01`) })),
    );
    if (document.state !== 'read') return { settings, workspaces };
    const { wafAttached, tier } = document.value.gateway;
    return { settings, workspaces, hasFirewall: wafAttached === true || /^waf/i.test(tier ?? '') };
  },
  judge: ({ settings, hasFirewall, workspaces }, { gateway: { id } }) => {
    if (settings.state !== 'read') {
      return [
        unread('Diagnostic settings', settings.state === 'unread' ? settings : { reason: 'Azure knows none here' }),
      ];
    }
    return [
      ...judgeCategory(settings.value, ACCESS_LOG, 'The access log', id),
      ...(hasFirewall ? judgeCategory(settings.value, FIREWALL_LOG, 'The firewall log', id) : []),
      ...workspaces.flatMap(judgeWorkspace),
    ];
  },
} satisfies Check<GatewayInScope, Found>;

function judgeCategory(
  settings: readonly DiagnosticSetting[],
  category: string,
  what: string,
  gatewayId: string,
): readonly Finding[] {
  const writing = settings.filter((setting) => writes(setting, category));
  const toWorkspace = writing.filter(({ workspaceId }) => workspaceId !== undefined);
  const others = writing.flatMap(({ eventHub, storageId }) => [
    ...(eventHub === undefined ? [] : [`event hub ${eventHub}`]),
    ...(storageId === undefined ? [] : ['a storage account']),
  ]);
  if (toWorkspace.length > 0) {
    const shapes = new Set(toWorkspace.map(({ isResourceSpecific }) => isResourceSpecific));
    const table = category === ACCESS_LOG ? 'AGWAccessLogs' : 'AGWFirewallLogs';
    const where = [...shapes].map((isOwn) => (isOwn ? `table ${table}` : 'table AzureDiagnostics'));
    const also = others.length === 0 ? '' : `, and to ${listed(others)}`;
    return [{ state: 'ok', says: `${what} goes to a workspace (${where.join(' and ')})${also}.` }];
  }
  const isAccess = category === ACCESS_LOG;
  const mend = create(gatewayId);
  if (writing.length > 0) {
    return [
      {
        state: 'warn',
        says: `${what} goes to ${listed(others) || 'no place that is known'}, and to no workspace: a diagnosis cannot read it back.`,
        mend,
      },
    ];
  }
  return [
    {
      state: isAccess ? 'fail' : 'warn',
      says: `${what} is written nowhere${isAccess ? ': how many requests fail, and who answered them, will not be known' : ''}.`,
      mend,
    },
  ];
}

function create(gatewayId: string): Mend {
  const logs = [ACCESS_LOG, FIREWALL_LOG].map((category) => ({ category, enabled: true }));
  return {
    text: 'Logs begin to arrive within 30 minutes. A gateway without a web application firewall takes the access log alone.',
    command: command(
      'az',
      'monitor',
      'diagnostic-settings',
      'create',
      '--name',
      'appgw-triage',
      '--resource',
      gatewayId,
      '--workspace',
      '<workspace id>',
      '--logs',
      JSON.stringify(logs),
      '--export-to-resource-specific',
      'true',
    ),
  };
}

function judgeWorkspace({ id, read }: Found['workspaces'][number]): readonly Finding[] {
  const name = id.slice(id.lastIndexOf('/') + 1);
  if (read.state === 'unread') return [unread(`Workspace ${name}`, read)];
  if (read.state === 'absent') {
    return [
      {
        state: 'fail',
        says: `Workspace ${name}, which the logs go to, does not exist.`,
        mend: { text: 'Point the diagnostic setting at a workspace that does.' },
      },
    ];
  }
  const capping = fieldsOf(flatFieldsOf(read.value).get('workspacecapping'));
  if (textOf(capping.get('dataingestionstatus'))?.toLowerCase() !== 'overquota') return [];
  return [
    {
      state: 'fail',
      says: `Workspace ${name} has reached its daily cap and takes in no logs until it is reset.`,
      mend: {
        command: command('az', 'monitor', 'log-analytics', 'workspace', 'update', '--ids', id, '--quota', '<GB a day>'),
      },
    },
  ];
}
