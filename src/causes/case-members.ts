import { GATEWAY_ID, RESOURCE_GROUP, SUBSCRIPTION } from './case.ts';

/** Evidence about members and their surroundings in few words, for the cases of the rules. */

const COMPUTE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app-weu/providers/Microsoft.Compute`;
const NETWORK = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app-weu/providers/Microsoft.Network`;

export const machineId = (name: string) => `${COMPUTE}/virtualMachines/${name}`;
export const scaleSetId = (name: string) => `${COMPUTE}/virtualMachineScaleSets/${name}`;
export const siteId = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app-weu/providers/Microsoft.Web/sites/${name}`;

export interface NicSketch {
  readonly name: string;
  readonly address: string;
  readonly subnet?: string;
  /** The id of the machine or scale-set instance. */
  readonly machine?: string;
  /** The name of the private endpoint. */
  readonly endpoint?: string;
  readonly powerState?: string;
}

/** `az network nic list`, with the instances of scale sets among them. */
export function nicsJson(nics: readonly NicSketch[]): unknown {
  return nics.map(({ name, address, subnet = 'snet-app', machine, endpoint, powerState }) => {
    const instance = machine !== undefined && /virtualMachineScaleSets/.test(machine);
    const id = instance ? `${machine}/networkInterfaces/${name}` : `${NETWORK}/networkInterfaces/${name}`;
    return {
      id,
      name,
      type: 'Microsoft.Network/networkInterfaces',
      location: 'westeurope',
      provisioningState: 'Succeeded',
      ipConfigurations: [
        {
          name: 'ipconfig1',
          id: `${id}/ipConfigurations/ipconfig1`,
          primary: true,
          privateIPAddress: address,
          privateIPAllocationMethod: 'Dynamic',
          subnet: { id: `${NETWORK}/virtualNetworks/vnet-app/subnets/${subnet}` },
        },
      ],
      virtualMachine: machine === undefined ? null : { id: machine },
      privateEndpoint: endpoint === undefined ? null : { id: `${NETWORK}/privateEndpoints/${endpoint}` },
      ...(powerState === undefined ? {} : { powerState }),
    };
  });
}

export interface EventSketch {
  readonly at: string;
  readonly operation: string;
  /** The gateway where absent. */
  readonly resourceId?: string;
  readonly status?: string;
  /** A person's name, or an application's id. */
  readonly caller?: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

/** `az monitor activity-log list`: newest first. */
export function activityLogJson(events: readonly EventSketch[]): unknown {
  return events
    .toSorted((left, right) => (left.at < right.at ? 1 : -1))
    .map(
      ({ at, operation, resourceId = GATEWAY_ID, status = 'Succeeded', caller, errorCode, errorMessage }, index) => ({
        caller: caller ?? 'ops@contoso.com',
        category: { value: 'Administrative', localizedValue: 'Administrative' },
        correlationId: `5a0c1d3e-0000-4000-8000-${String(index).padStart(12, '0')}`,
        eventName: { value: 'EndRequest', localizedValue: 'End request' },
        eventTimestamp: at,
        level: status === 'Failed' ? 'Error' : 'Informational',
        operationName: { value: operation, localizedValue: operation },
        resourceGroupName: RESOURCE_GROUP,
        resourceId,
        status: { value: status, localizedValue: status },
        subStatus: { value: '', localizedValue: '' },
        properties:
          errorCode === undefined
            ? {}
            : {
                statusCode: 'BadRequest',
                statusMessage: JSON.stringify({ error: { code: errorCode, message: errorMessage ?? errorCode } }),
              },
        claims: {},
        subscriptionId: SUBSCRIPTION,
      }),
    );
}

export interface MetricSketch {
  readonly metric: string;
  readonly unit?: string;
  /** By name as the service has it: `{ BackendSettingsPool: 'pool~setting' }`. */
  readonly dimensions?: Readonly<Record<string, string>>;
  /** The first minute. */
  readonly from?: string;
  /** One a minute. */
  readonly averages: readonly number[];
}

/** `az monitor metrics list` by the minute. */
export function metricsJson(metrics: readonly MetricSketch[]): unknown {
  return {
    interval: 'PT1M',
    namespace: 'Microsoft.Network/applicationGateways',
    resourceregion: 'westeurope',
    value: metrics.map(({ metric, unit = 'Count', dimensions = {}, from = '2026-09-14T02:00:00Z', averages }) => ({
      id: `${GATEWAY_ID}/providers/Microsoft.Insights/metrics/${metric}`,
      type: 'Microsoft.Insights/metrics',
      name: { value: metric, localizedValue: metric },
      unit,
      timeseries: [
        {
          metadatavalues: Object.entries(dimensions).map(([name, value]) => ({ name: { value: name }, value })),
          data: averages.map((average, minute) => ({
            timeStamp: new Date(Date.parse(from) + minute * 60_000).toISOString(),
            average,
            minimum: average,
            maximum: average,
          })),
        },
      ],
    })),
  };
}

/** The prober's own file. */
export function probeResultsJson(observations: readonly Readonly<Record<string, unknown>>[]): unknown {
  return { schema: 'appgw-triage/probe-results@1', observations };
}

/** Ports of one observation in few words: `{ 8080: 'refused', 80: 'open' }`. */
export function portsJson(configured: number, states: Readonly<Record<number, string>>): readonly unknown[] {
  return Object.entries(states).map(([port, state]) => ({
    port: Number(port),
    state,
    isConfigured: Number(port) === configured,
  }));
}
