/**
 * The log queries. They run in the context of the gateway, so that every workspace it logs to is read, and only its own
 * rows are. A workspace has AGWAccessLogs, AzureDiagnostics or both, and their schemas have grown over the years:
 * - `isfuzzy` leaves out a table that does not exist; the empty table beside them keeps the query valid with neither.
 *   It would just as silently leave out a table with a missing column, hence `column_ifexists` for every column.
 * - Types differ (`serverStatus_s` is a text, `ServerStatus` an int), and a union would split a column of two types into
 *   two, so each side casts to the same type.
 * - A gateway that logs to both tables has every request twice: only one table is counted, AGWAccessLogs first.
 * - The gateway's own security process (client 127.0.0.1) is left out. Client addresses are compared, never returned;
 *   query strings are cut off.
 * - Layer 4 sessions have no HTTP status: their serverStatus is the gateway's own word.
 * - v1 gateways log milliseconds.
 */

/** The most groups that the summary returns. Groups of 502 and 504 come before all others. */
export const SUMMARY_ROWS = 1_500;

/** Two days of minutes. */
const MINUTE_ROWS = 2_880;

const ROWS = `let logRows = union isfuzzy=true
  (datatable(Source:string)[]),
  (AGWAccessLogs
  | where tostring(column_ifexists('ClientIp', '')) != '127.0.0.1'
  | project Source = 'AGWAccessLogs', TimeGenerated,
      BackendPoolName = tostring(column_ifexists('BackendPoolName', '')),
      BackendSettingName = tostring(column_ifexists('BackendSettingName', '')),
      ListenerName = tostring(column_ifexists('ListenerName', '')),
      InstanceId = tostring(column_ifexists('InstanceId', '')),
      Routed = tostring(column_ifexists('ServerRouted', '')),
      OwnStatus = toint(column_ifexists('HttpStatus', int(null))),
      BackendStatus = tostring(column_ifexists('ServerStatus', int(null))),
      ErrorInfo = tostring(column_ifexists('ErrorInfo', '')),
      OriginalHost = tostring(column_ifexists('OriginalHost', '')),
      Host = tostring(column_ifexists('Host', '')),
      Uri = tostring(column_ifexists('OriginalRequestUriWithArgs', '')),
      HttpMethod = tostring(column_ifexists('HttpMethod', '')),
      WafMode = tostring(column_ifexists('WafMode', '')),
      TimeTaken = todouble(column_ifexists('TimeTaken', real(null))),
      Latency = tostring(column_ifexists('ServerResponseLatency', real(null))),
      ReceivedBytes = tolong(column_ifexists('ReceivedBytes', int(null))),
      SentBytes = tolong(column_ifexists('SentBytes', int(null))),
      TransactionId = tostring(column_ifexists('TransactionId', ''))),
  (AzureDiagnostics
  | where Category == 'ApplicationGatewayAccessLog'
  | where tostring(column_ifexists('clientIP_s', '')) != '127.0.0.1'
  | project Source = 'AzureDiagnostics', TimeGenerated,
      BackendPoolName = tostring(column_ifexists('backendPoolName_s', '')),
      BackendSettingName = tostring(column_ifexists('backendSettingName_s', '')),
      ListenerName = tostring(column_ifexists('listenerName_s', '')),
      InstanceId = tostring(column_ifexists('instanceId_s', '')),
      Routed = tostring(column_ifexists('serverRouted_s', '')),
      OwnStatus = toint(column_ifexists('httpStatus_d', real(null))),
      BackendStatus = tostring(column_ifexists('serverStatus_s', '')),
      ErrorInfo = tostring(column_ifexists('error_info_s', '')),
      OriginalHost = tostring(column_ifexists('originalHost_s', '')),
      Host = tostring(column_ifexists('host_s', '')),
      Uri = tostring(column_ifexists('originalRequestUriWithArgs_s', '')),
      HttpMethod = tostring(column_ifexists('httpMethod_s', '')),
      WafMode = tostring(column_ifexists('WAFMode_s', '')),
      TimeTaken = todouble(column_ifexists('timeTaken_d', real(null))),
      Latency = tostring(column_ifexists('serverResponseLatency_s', '')),
      ReceivedBytes = tolong(column_ifexists('receivedBytes_d', real(null))),
      SentBytes = tolong(column_ifexists('sentBytes_d', real(null))),
      TransactionId = tostring(column_ifexists('transactionId_g', '')));
let chosenTable = toscalar(logRows | summarize min(Source));
let answered = logRows
  | where Source == chosenTable
  | extend LastStatus = toint(extract(@'([0-9]+)[ ]*$', 1, BackendStatus))
  | extend LastStatus = iff(LastStatus == 0, int(null), LastStatus)
  | extend HttpStatus = coalesce(OwnStatus, LastStatus),
      ServerStatus = iff(isnull(OwnStatus), int(null), LastStatus)
  | where isnotnull(HttpStatus);`;

/**
 * One row for each distinct way in which requests were answered. What succeeded is gathered without its path, which keeps
 * the answer small; what failed keeps it, because where it fails is half of why.
 */
export const SUMMARY_QUERY = `// appgw-triage: access-log summary v1
${ROWS}
answered
| extend ServerRouted = extract(@'([^, ]+)[ ]*$', 1, Routed),
    ServerLatency = todouble(extract(@'([0-9.]+)[ ]*$', 1, Latency)),
    TimeTaken = iff(InstanceId startswith 'ApplicationGatewayRole', TimeTaken / 1000.0, TimeTaken),
    Path = iff(HttpStatus >= 400, substring(tostring(split(Uri, '?')[0]), 0, 300), ''),
    HttpMethod = iff(HttpStatus >= 400, HttpMethod, '')
| summarize Requests = count(),
    TimeTakenMin = min(TimeTaken), TimeTakenP50 = percentile(TimeTaken, 50),
    TimeTakenP95 = percentile(TimeTaken, 95), TimeTakenMax = max(TimeTaken),
    ServerLatencyMin = min(ServerLatency), ServerLatencyP50 = percentile(ServerLatency, 50),
    ServerLatencyP95 = percentile(ServerLatency, 95), ServerLatencyMax = max(ServerLatency),
    ReceivedBytesMin = min(ReceivedBytes), ReceivedBytesP50 = percentile(ReceivedBytes, 50),
    ReceivedBytesP95 = percentile(ReceivedBytes, 95), ReceivedBytesMax = max(ReceivedBytes),
    SentBytesMin = min(SentBytes), SentBytesP50 = percentile(SentBytes, 50),
    SentBytesP95 = percentile(SentBytes, 95), SentBytesMax = max(SentBytes),
    FirstAt = min(TimeGenerated), LastAt = max(TimeGenerated),
    TransactionIds = make_set(TransactionId, 5)
  by BackendPoolName, BackendSettingName, ListenerName, ServerRouted, HttpStatus, ServerStatus, ErrorInfo,
    OriginalHost, Host, Path, HttpMethod, WafMode
| extend Weight = Requests + iff(HttpStatus in (502, 504), 1000000000000, 0)
| top ${SUMMARY_ROWS} by Weight desc
| project BackendPoolName, BackendSettingName, ListenerName, ServerRouted, HttpStatus, ServerStatus, ErrorInfo,
    OriginalHost, Host, Path, HttpMethod, WafMode, Requests,
    TimeTakenMin, TimeTakenP50, TimeTakenP95, TimeTakenMax,
    ServerLatencyMin, ServerLatencyP50, ServerLatencyP95, ServerLatencyMax,
    ReceivedBytesMin, ReceivedBytesP50, ReceivedBytesP95, ReceivedBytesMax,
    SentBytesMin, SentBytesP50, SentBytesP95, SentBytesMax,
    FirstAt, LastAt, TransactionIds`;

/** All requests by the minute, and those answered 502 or 504. */
export const MINUTES_QUERY = `// appgw-triage: access-log minutes v1
${ROWS}
answered
| summarize Requests = count(), Failed = countif(HttpStatus in (502, 504)) by Minute = bin(TimeGenerated, 1m)
| top ${MINUTE_ROWS} by Minute desc
| order by Minute asc`;
