import type { Collector } from '../evidence-kind.ts';
import { QUERY_DEADLINE_MS, queryLogs } from '../query-logs.ts';
import { FIREWALL_QUERY } from './query.ts';

export const collector: Collector = {
  deadlineMs: QUERY_DEADLINE_MS,
  asks: 'Log Analytics: the firewall log, grouped',
  rights: [
    'Microsoft.Insights/logs/AGWFirewallLogs/read',
    'Microsoft.Insights/logs/AzureDiagnostics/read',
    'Microsoft.OperationalInsights/workspaces/query/read',
  ],
  collect: (context) => queryLogs(context, FIREWALL_QUERY),
};
