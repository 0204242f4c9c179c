import { gatewayId, isoSeconds, timeOf, type World } from './world.ts';

const AVAILABLE = {
  fromMinute: -60 * 24 * 30,
  state: 'Available',
  title: 'Available',
  summary: "There aren't any known Azure platform problems affecting this application gateway.",
  reasonType: undefined,
  detailedStatus: undefined,
} as const;

/** Resource Health's current availability status at a minute. The misspelt `occuredTime` is the service's. */
export function resourceHealth(world: World, minute: number): unknown {
  const current = world.availability.filter(({ fromMinute }) => fromMinute <= minute).at(-1) ?? AVAILABLE;
  return {
    id: `${gatewayId(world)}/providers/Microsoft.ResourceHealth/availabilityStatuses/current`,
    name: 'current',
    type: 'Microsoft.ResourceHealth/AvailabilityStatuses',
    location: world.location,
    properties: {
      availabilityState: current.state,
      title: current.title,
      summary: current.summary,
      ...(current.reasonType === undefined
        ? { reasonType: '' }
        : {
            reasonType: current.reasonType,
            context: current.reasonType === 'UserInitiated' ? 'Customer Initiated' : 'Platform Initiated',
            category: current.reasonType === 'Planned' ? 'Planned' : 'Unplanned',
          }),
      ...(current.detailedStatus === undefined ? {} : { detailedStatus: current.detailedStatus }),
      reasonChronicity: 'Persistent',
      occuredTime: isoSeconds(timeOf(world, current.fromMinute)),
      reportedTime: timeOf(world, minute).toISOString().replace('Z', '4871Z'),
    },
  };
}
