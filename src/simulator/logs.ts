import { type Answer, ok } from './answer.ts';
import {
  accessLogMinutes,
  accessLogRecords,
  accessLogSummary,
  firewallLogSummary,
  type LogTable,
} from './log-tables.ts';
import { MINUTE_MS, minuteOf, scatterGuid, type World } from './world.ts';

const ACCESS_SUMMARY = '// appgw-triage: access-log summary v1';
const ACCESS_MINUTES = '// appgw-triage: access-log minutes v1';
const FIREWALL_SUMMARY = '// appgw-triage: firewall-log summary v1';

const TABLES = ['AGWAccessLogs', 'AGWFirewallLogs', 'AzureDiagnostics'] as const;
type TableName = (typeof TABLES)[number];

/** Rows that a query without `take` or `limit` gets. */
const DEFAULT_ROWS = 100;
const MOST_ROWS = 1000;
/** A bound for the simulator's own sake: a week. */
const LONGEST_SPAN_MS = 7 * 24 * 60 * MINUTE_MS;

/**
 * Answers a Log Analytics query. KQL is not interpreted: the marker in the query's first lines says what is asked, and
 * the tables that the query mentions have to be there. A query without a marker gets plain records.
 */
export function answerQuery(world: World, body: unknown, now: Date): Answer {
  const { query, timespan } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  if (typeof query !== 'string' || query.trim() === '') return badArgument('The request body holds no query.');
  const span = readTimespan(typeof timespan === 'string' ? timespan : undefined, now);
  if (!span) return badArgument('The timespan could not be read.');
  const missing = missingTable(world, query);
  if (missing !== undefined) return unresolved(missing);
  // A minute that is not over has not been written yet.
  const from = minuteOf(world, new Date(span.from));
  const until = Math.min(minuteOf(world, new Date(span.until + MINUTE_MS - 1)), minuteOf(world, now));
  return ok({
    tables:
      world.logs.tables === 'none' ? emptied(tablesFor(world, query, 0, 0)) : tablesFor(world, query, from, until),
  });
}

/** The tables that a world's workspace has. */
export function tablesOf(world: World): readonly TableName[] {
  switch (world.logs.tables) {
    case 'resource-specific':
      return world.gateway.waf ? ['AGWAccessLogs', 'AGWFirewallLogs'] : ['AGWAccessLogs'];
    case 'azure-diagnostics':
      return ['AzureDiagnostics'];
    case 'none':
      return [];
  }
}

/** The answer of a query that went through only in part: HTTP 200, some rows, and an `error` beside them. */
export function partial(answer: Answer): Answer {
  const body = answer.body as { readonly tables?: readonly LogTable[] };
  return ok({
    tables: (body.tables ?? []).map((table) => ({ ...table, rows: table.rows.slice(0, 1) })),
    error: {
      code: 'PartialError',
      message: 'There were some errors when processing your query.',
      details: [
        {
          code: 'EngineError',
          message: 'Something went wrong processing your query on the server.',
          innererror: {
            code: '-2133196797',
            message: 'The results of this query exceed the set limit of 64000000 bytes.',
            severity: 2,
            severityName: 'Error',
          },
        },
      ],
    },
  });
}

export function withoutRows(answer: Answer): Answer {
  const body = answer.body as { readonly tables?: readonly LogTable[] };
  return ok({ tables: emptied(body.tables ?? []) });
}

function tablesFor(world: World, query: string, from: number, until: number): readonly LogTable[] {
  const tables: LogTable[] = [];
  if (query.includes(ACCESS_SUMMARY)) tables.push(accessLogSummary(world, from, until));
  if (query.includes(ACCESS_MINUTES)) tables.push(accessLogMinutes(world, from, until));
  if (query.includes(FIREWALL_SUMMARY)) tables.push(firewallLogSummary(world, from, until));
  if (tables.length > 0) return tables;
  if (query.includes('AGWFirewallLogs')) return [firewallLogSummary(world, from, until)];
  const [, wanted] = /\|\s*(?:take|limit)\s+(\d+)/i.exec(query) ?? [];
  return [accessLogRecords(world, from, until, Math.min(Number(wanted ?? DEFAULT_ROWS), MOST_ROWS))];
}

/**
 * The first table that the query needs and the workspace lacks. `union isfuzzy=true` forgives what is missing as long
 * as one of its legs is there; a `datatable` leg always is.
 */
function missingTable(world: World, query: string): TableName | undefined {
  const code = query.replace(/\/\/[^\n]*/g, '');
  const mentioned = TABLES.filter((table) => new RegExp(`\\b${table}\\b`, 'i').test(code));
  const there = tablesOf(world);
  const missing = mentioned.find((table) => !there.includes(table));
  if (missing === undefined) return undefined;
  const isFuzzy = /isfuzzy\s*=\s*true/i.test(code);
  const hasLeg = /\bdatatable\b/i.test(code) || mentioned.some((table) => there.includes(table));
  return isFuzzy && hasLeg ? undefined : missing;
}

function emptied(tables: readonly LogTable[]): readonly LogTable[] {
  return tables.map((table) => ({ ...table, rows: [] }));
}

/** Reads `start/end`, `start/duration`, `duration/end` or `duration`; the last day where there is none. */
function readTimespan(text: string | undefined, now: Date): { from: number; until: number } | undefined {
  const [left = '', right] = (text ?? 'P1D').split('/');
  const moments = [left, right].map((part) => (part === undefined ? Number.NaN : Date.parse(part)));
  const lengths = [left, right].map((part) => (part === undefined ? undefined : durationMs(part)));
  const [start = Number.NaN, end = Number.NaN] = moments;
  const [before, after] = lengths;
  const until = !Number.isNaN(end)
    ? end
    : right === undefined
      ? now.getTime()
      : after === undefined
        ? Number.NaN
        : start + after;
  const from = before === undefined ? start : until - before;
  if (Number.isNaN(from) || Number.isNaN(until) || from >= until) return undefined;
  return { from: Math.max(from, until - LONGEST_SPAN_MS), until };
}

/** ISO 8601 durations without years and months: `PT30M`, `P1D`, `P7D`. */
function durationMs(text: string): number | undefined {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(text);
  if (!match) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * MINUTE_MS + Number(seconds) * 1000;
}

function badArgument(message: string): Answer {
  return refuse({ code: 'InvalidParameter', message });
}

function unresolved(table: TableName): Answer {
  return refuse({
    code: 'SemanticError',
    message: 'A semantic error occurred.',
    innererror: {
      code: 'SEM0100',
      message: `'where' operator: Failed to resolve table or column expression named '${table}'`,
    },
  });
}

function refuse(innererror: unknown): Answer {
  const message = 'The request had some invalid properties';
  const correlationId = scatterGuid(JSON.stringify(innererror));
  return { status: 400, body: { error: { message, code: 'BadArgumentError', correlationId, innererror } } };
}
