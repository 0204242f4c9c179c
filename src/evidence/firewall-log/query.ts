/**
 * The firewall's decisions, gathered by request. The reasons for its shape are those of the access log's queries:
 * `isfuzzy` and `column_ifexists` for tables and columns that a workspace may lack, one type on both sides, one table
 * where the gateway logs to both. Blocked requests come first. Client addresses, query strings and the matched data are
 * never asked for.
 */
export const FIREWALL_ROWS = 1_000;

export const FIREWALL_QUERY = `// appgw-triage: firewall-log summary v1
let logRows = union isfuzzy=true
  (datatable(Source:string)[]),
  (AGWFirewallLogs
  | project Source = 'AGWFirewallLogs',
      Action = tostring(column_ifexists('Action', '')),
      RuleId = tostring(column_ifexists('RuleId', '')),
      RuleGroup = tostring(column_ifexists('RuleGroup', '')),
      Message = tostring(column_ifexists('Message', '')),
      Uri = tostring(column_ifexists('RequestUri', '')),
      Hostname = tostring(column_ifexists('Hostname', '')),
      TransactionId = tostring(column_ifexists('TransactionId', '')),
      PolicyId = tostring(column_ifexists('PolicyId', ''))),
  (AzureDiagnostics
  | where Category == 'ApplicationGatewayFirewallLog'
  | project Source = 'AzureDiagnostics',
      Action = tostring(column_ifexists('action_s', '')),
      RuleId = tostring(column_ifexists('ruleId_s', '')),
      RuleGroup = tostring(column_ifexists('ruleGroup_s', '')),
      Message = tostring(column_ifexists('Message', '')),
      Uri = tostring(column_ifexists('requestUri_s', '')),
      Hostname = tostring(column_ifexists('hostname_s', '')),
      TransactionId = coalesce(tostring(column_ifexists('transactionId_g', '')), tostring(column_ifexists('transactionId_s', ''))),
      PolicyId = tostring(column_ifexists('policyId_s', '')));
let chosenTable = toscalar(logRows | summarize min(Source));
logRows
| where Source == chosenTable
| extend Path = substring(tostring(split(Uri, '?')[0]), 0, 300)
| summarize Requests = count() by Action, RuleId, RuleGroup, Message, Path, Hostname, TransactionId, PolicyId
| extend Weight = Requests + iff(Action =~ 'Blocked', 1000000000000, 0)
| top ${FIREWALL_ROWS} by Weight desc
| project Action, RuleId, RuleGroup, Message, Path, Hostname, TransactionId, PolicyId, Requests`;
