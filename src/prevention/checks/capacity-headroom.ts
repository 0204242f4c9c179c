import { azGateway } from '../../core/az.ts';
import { type Gateway, isV1 } from '../../core/gateway.ts';
import { type MetricPoint, seriesOf } from '../../core/metrics.ts';
import { command } from '../../core/shell.ts';
import type { MissingRead } from '../../core/verdict.ts';
import { type AuditReadings, type Check, found, type Judgement, notJudged } from '../check.ts';
import { citeGateway, scopeIn, withGateway } from '../in-use.ts';

/** An instance carries about 10 capacity units, by the service's documentation: at least, so this is no hard wall. */
const UNITS_PER_INSTANCE = 10;
const NEAR = 0.8;
/** Autoscale itself takes three to five minutes, and a shorter peak is its everyday work. */
const SUSTAINED_POINTS = 5;

export const capacityHeadroom = {
  id: 'capacity-headroom',
  title: 'The gateway comes close to the most that it may grow to',
  costsUpTo: 'outage',
  prevents: ['gateway-saturated'],
  reads: ['gateway', 'metrics'],
  meaning:
    'The load of the day comes close to what the allowed instances carry. With a little more, requests wait and are then ' +
    'refused, whichever pool they are for.',
  blindSpots: ['A peak of another day, such as the end of a month, is not in what was read.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, (gateway) => {
    const most = mostInstances(gateway);
    // The first generation does not count in capacity units.
    if (!most || isV1(gateway)) return found();
    const limit = most.instances * UNITS_PER_INSTANCE;
    const loads = ['CapacityUnits', 'ComputeUnits'].map((metric) => ({
      metric,
      values: seriesOf(readings.metrics, metric).flatMap(({ points }) => points.flatMap(loadIn)),
    }));
    if (loads.every(({ values }) => values.length === 0)) return notJudged(capacityRead(readings));
    const near = loads
      .map(({ metric, values }) => ({
        metric,
        peak: values.reduce((peak, value) => Math.max(peak, value), 0),
        count: values.filter((value) => value >= limit * NEAR).length,
      }))
      .filter(({ count }) => count > 0)
      .toSorted((left, right) => right.peak - left.peak)[0];
    if (!near) return found();
    const { metric, peak, count } = near;
    const update = (value: string) => azGateway(readings, 'update', most.option, value);
    return found({
      cost: 'outage',
      nearness: count >= SUSTAINED_POINTS ? 'soon' : 'someday',
      scope: scopeIn(readings, {}),
      says: `The load reached ${Math.round((peak / limit) * 100)} % of what ${most.instances} instances carry.`,
      because: [
        {
          evidence: 'metrics',
          quote: `${metric} up to ${Math.round(peak * 10) / 10}, ${count} values of ${Math.round(limit * NEAR)} or more`,
          says: `${most.instances} instances carry about ${limit} units.`,
        },
        citeGateway(`"${most.field}": ${most.instances}`, 'The gateway does not grow beyond this.'),
      ],
      fix: [
        {
          text: 'Allow more instances; what is not used is not paid for where the gateway scales by itself.',
          command: update(String(Math.min(125, most.instances * 2))),
          undo: update(String(most.instances)),
        },
      ],
    });
  });
}

function mostInstances({ autoscaleMaxCapacity, fixedCapacity }: Gateway) {
  if (autoscaleMaxCapacity !== undefined && autoscaleMaxCapacity > 0)
    return { instances: autoscaleMaxCapacity, field: 'maxCapacity', option: '--max-capacity' };
  // The SKU of a gateway that scales by itself shows no capacity of its own.
  if (fixedCapacity !== undefined && fixedCapacity > 0)
    return { instances: fixedCapacity, field: 'capacity', option: '--capacity' };
  return undefined;
}

/** The average over a minute; a single moment's maximum is no load. */
function loadIn({ average, maximum }: MetricPoint): readonly number[] {
  const value = average ?? maximum;
  return value === undefined ? [] : [value];
}

function capacityRead({ gatewayId = '<gateway resource id>' }: AuditReadings): MissingRead {
  return {
    evidence: 'metrics',
    read: 'The load of the last day in capacity units.',
    command: command(
      ...['az', 'monitor', 'metrics', 'list', '--resource', gatewayId, '--metrics', 'CapacityUnits', 'ComputeUnits'],
      ...['--interval', 'PT1M', '--offset', '24h', '--aggregation', 'Average', 'Maximum'],
    ),
  };
}
