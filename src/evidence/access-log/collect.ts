import type { Collector } from '../evidence-kind.ts';
import { fieldsOf, isObject } from '../json.ts';
import { QUERY_DEADLINE_MS, queryLogs } from '../query-logs.ts';
import { unreadableAnswer } from '../raw-body.ts';
import { MINUTES_QUERY, SUMMARY_QUERY } from './query.ts';

export const collector: Collector = {
  deadlineMs: QUERY_DEADLINE_MS,
  asks: 'Log Analytics: the access log, grouped, and its requests by minute',
  rights: [
    'Microsoft.Insights/logs/AGWAccessLogs/read',
    'Microsoft.Insights/logs/AzureDiagnostics/read',
    'Microsoft.OperationalInsights/workspaces/query/read',
  ],
  collect: async (context) => {
    const [summary, minutes] = await Promise.allSettled([
      queryLogs(context, SUMMARY_QUERY),
      queryLogs(context, MINUTES_QUERY),
    ]);
    if (summary.status === 'rejected') throw summary.reason;
    const tables = fieldsOf(summary.value).get('tables');
    if (!isObject(summary.value) || !Array.isArray(tables))
      throw unreadableAnswer('the log query was answered without a table');
    // The minutes only add to the summary, so the summary stands without them.
    const minuteTables = minutes.status === 'fulfilled' ? fieldsOf(minutes.value).get('tables') : undefined;
    return Array.isArray(minuteTables) ? { ...summary.value, tables: [...tables, ...minuteTables] } : summary.value;
  },
};
