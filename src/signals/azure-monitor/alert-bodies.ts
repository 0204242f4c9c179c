import { withoutAbsent } from '../fields.ts';

/** Bodies as Azure Monitor posts them, for tests. Every value can be replaced; `undefined` takes a field away. */
export type Fields = Readonly<Record<string, unknown>>;

export const GATEWAY =
  '/subscriptions/6d1f7c52-90ab-4f0e-b1c8-3f5a2e7d9044/resourceGroups/rg-shop-edge/providers/Microsoft.Network/applicationGateways/agw-shop';
export const WORKSPACE =
  '/subscriptions/6d1f7c52-90ab-4f0e-b1c8-3f5a2e7d9044/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/law-shop';
export const MACHINE =
  '/subscriptions/6d1f7c52-90ab-4f0e-b1c8-3f5a2e7d9044/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/vm-shop-0';
export const ALERT_GUID = 'c2b9d1e4-7a36-4d0b-8f57-0e6a41b3d9f8';
const ALERT_ID = `/subscriptions/6d1f7c52-90ab-4f0e-b1c8-3f5a2e7d9044/providers/Microsoft.AlertsManagement/alerts/${ALERT_GUID}`;

export function commonAlert(essentials: Fields, alertContext: unknown): Fields {
  return {
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: withoutAbsent({
        alertId: ALERT_ID,
        alertRule: 'shop backends down',
        severity: 'Sev1',
        signalType: 'Metric',
        monitorCondition: 'Fired',
        monitoringService: 'Platform',
        alertTargetIDs: [GATEWAY.toLowerCase()],
        configurationItems: ['agw-shop'],
        originAlertId: '6d1f7c52_rg-shop-edge_microsoft.insights_metricAlerts_shop backends down_882310',
        firedDateTime: '2026-03-04T05:06:07.8912345Z',
        description: '',
        essentialsVersion: '1.0',
        alertContextVersion: '1.0',
        ...essentials,
      }),
      alertContext,
    },
  };
}

/** A metric alert; each of `criteria` replaces fields of the usual condition "Minimum HealthyHostCount below 1". */
export function metricAlert(essentials: Fields = {}, ...criteria: readonly Fields[]): Fields {
  return commonAlert(essentials, {
    properties: null,
    conditionType: 'SingleResourceMultipleMetricCriteria',
    condition: metricCondition(...(criteria.length === 0 ? [{}] : criteria)),
  });
}

function metricCondition(...criteria: readonly Fields[]): Fields {
  return {
    windowSize: 'PT5M',
    allOf: criteria.map((criterion) => ({
      metricName: 'HealthyHostCount',
      metricNamespace: 'Microsoft.Network/applicationGateways',
      operator: 'LessThan',
      threshold: '1',
      timeAggregation: 'Minimum',
      dimensions: [{ name: 'BackendSettingsPool', value: 'pool-cart~https-cart' }],
      metricValue: 0,
      webTestName: null,
      ...criterion,
    })),
    windowStartTime: '2026-03-04T05:00:00.000Z',
    windowEndTime: '2026-03-04T05:05:00.000Z',
  };
}

export function logSearchAlert(essentials: Fields = {}, criterion: Fields = {}): Fields {
  return commonAlert(
    {
      signalType: 'Log',
      monitoringService: 'Log Alerts V2',
      alertTargetIDs: [WORKSPACE.toLowerCase()],
      configurationItems: [],
      ...essentials,
    },
    {
      properties: {},
      conditionType: 'LogQueryCriteria',
      condition: {
        windowSize: 'PT10M',
        allOf: [
          {
            searchQuery: 'AGWAccessLogs | where HttpStatus == 502',
            metricMeasureColumn: null,
            targetResourceTypes: "['Microsoft.OperationalInsights/workspaces']",
            operator: 'GreaterThan',
            threshold: '10',
            timeAggregation: 'Count',
            dimensions: [{ name: '_ResourceId', value: GATEWAY.toLowerCase() }],
            metricValue: 37,
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
            ...criterion,
          },
        ],
      },
    },
  );
}

export function logV1Alert(essentials: Fields = {}, context: Fields = {}): Fields {
  return commonAlert(
    {
      signalType: 'Log',
      monitoringService: 'Log Analytics',
      alertTargetIDs: [WORKSPACE],
      configurationItems: [],
      ...essentials,
    },
    {
      SearchQuery: 'AzureDiagnostics | where httpStatus_d == 502',
      SearchIntervalStartTimeUtc: '3/4/2026 4:51:31 AM',
      SearchIntervalEndtimeUtc: '3/4/2026 5:06:31 AM',
      ResultCount: 2,
      AlertType: 'Number of results',
      Threshold: 0,
      Operator: 'Greater Than',
      Dimensions: [],
      SearchResults: {
        tables: [
          {
            name: 'PrimaryResult',
            columns: [
              { name: 'TimeGenerated', type: 'datetime' },
              { name: '_ResourceId', type: 'string' },
            ],
            rows: [['2026-03-04T05:01:00Z', GATEWAY.toUpperCase()]],
          },
        ],
        dataSources: [{ resourceId: WORKSPACE, tables: ['AzureDiagnostics'] }],
      },
      ...context,
    },
  );
}

export function resourceHealthAlert(essentials: Fields = {}, properties: Fields = {}): Fields {
  return commonAlert(
    { signalType: 'Activity Log', monitoringService: 'Resource Health', severity: 'Sev4', ...essentials },
    {
      channels: 'Admin, Operation',
      eventSource: 'ResourceHealth',
      eventTimestamp: '2026-03-04T05:06:00.000Z',
      level: 'Critical',
      operationName: 'Microsoft.Resourcehealth/healthevent/Activated/action',
      properties: {
        title: 'Instances do not answer',
        details: null,
        currentHealthStatus: 'Unavailable',
        previousHealthStatus: 'Available',
        type: 'Downtime',
        cause: 'PlatformInitiated',
        ...properties,
      },
      status: 'Active',
    },
  );
}

export function activityLogAlert(essentials: Fields = {}, context: Fields = {}): Fields {
  return commonAlert(
    { signalType: 'Activity Log', monitoringService: 'Activity Log - Administrative', severity: 'Sev4', ...essentials },
    {
      authorization: { action: 'Microsoft.Network/applicationGateways/stop/action', scope: GATEWAY },
      channels: 2,
      claims: '{}',
      caller: 'someone@shop.example',
      eventSource: 2,
      level: 3,
      operationName: 'Microsoft.Network/applicationGateways/stop/action',
      properties: { eventCategory: 'Administrative', entity: GATEWAY },
      status: 'Succeeded',
      ...context,
    },
  );
}

/** The metric alert of a receiver that has the common schema switched off. */
export function olderMetricAlert(context: Fields = {}, envelope: Fields = {}): Fields {
  return {
    schemaId: 'AzureMonitorMetricAlert',
    data: { version: '2.0', properties: null, status: 'Activated', context: olderMetricContext(context), ...envelope },
  };
}

export function olderMetricContext(context: Fields = {}): Fields {
  return {
    timestamp: '2026-03-04T05:06:07.1234567Z',
    id: '/subscriptions/6d1f7c52-90ab-4f0e-b1c8-3f5a2e7d9044/resourceGroups/rg-shop/providers/microsoft.insights/metricAlerts/shop-failed',
    name: 'shop-failed',
    conditionType: 'SingleResourceMultipleMetricCriteria',
    severity: '2',
    condition: metricCondition({
      metricName: 'FailedRequests',
      operator: 'GreaterThan',
      threshold: '50',
      metricValue: 81,
    }),
    resourceType: 'Microsoft.Network/applicationGateways',
    resourceId: GATEWAY,
    ...context,
  };
}
