import type { Hub, Partition, Read } from '../doctor/check.ts';
import type { EventHubPlace } from '../sinks/sink.ts';
import { type HubProblem, hubProblemOf } from './event-hub-problem.ts';
import { type HubReader, openHubReader } from './event-hub-reader.ts';
import type { Environment, Settings } from './settings.ts';
import { CONNECTION } from './stream-settings.ts';

/** An event hub that settings name. */
export interface NamedHub extends Pick<Hub, 'setting' | 'isOftenQuiet'> {
  readonly place: EventHubPlace;
}

/** The hubs that functions read. Alerts are rare; the access log of a gateway with traffic never pauses. */
const HUBS = [
  { setting: 'ACCESS_LOG_HUB', isOftenQuiet: false },
  { setting: 'ALERT_HUB', isOftenQuiet: true },
] as const;

/** How long all partitions of a hub may take to answer. */
const TIMEOUT_MS = 20_000;

/** The hubs that the settings name, with the connection in one of the two forms that Functions takes. */
export function namedHubs(settings: Environment): readonly NamedHub[] {
  const connectionString = settings[CONNECTION]?.trim();
  const namespace = settings[`${CONNECTION}__fullyQualifiedNamespace`]?.trim();
  return HUBS.flatMap(({ setting, isOftenQuiet }) => {
    const eventHub = settings[setting]?.trim();
    if (!eventHub || !(connectionString || namespace)) return [];
    const place = connectionString
      ? { connectionString: connectionString.replace(/(^|;)\s*EntityPath=[^;]*/gi, '$1'), eventHub }
      : { namespace: namespace ?? '', eventHub };
    return [{ setting, isOftenQuiet, place }];
  });
}

type Open = (place: EventHubPlace, abort: AbortSignal) => Promise<Pick<HubReader, 'partitions' | 'close'>>;

/** What the hubs hold. Reads no event, and takes no partition from anybody. */
export async function readHubs(
  named: readonly NamedHub[],
  settings: Pick<Settings, 'AZURE_CLIENT_ID'>,
  open: Open = (place, abort) => openHubReader(place, settings, { consumerGroup: '$Default', abort }),
): Promise<readonly Hub[]> {
  return Promise.all(
    named.map(async ({ setting, isOftenQuiet, place }) => ({
      setting,
      isOftenQuiet,
      name: place.eventHub,
      partitions: await read(place, open),
    })),
  );
}

async function read(place: EventHubPlace, open: Open): Promise<Read<readonly Partition[]>> {
  if ('connectionString' in place && /^\s*@Microsoft\.KeyVault\(/i.test(place.connectionString))
    return { state: 'unread', reason: 'its connection stands in a Key Vault, which is not opened here' };
  try {
    const reader = await open(place, AbortSignal.timeout(TIMEOUT_MS));
    const value = reader.partitions.map(({ id, last }) => ({
      id,
      ...(last === undefined ? {} : { lastEnqueuedAt: new Date(last.enqueuedAt) }),
    }));
    await reader.close();
    return { state: 'read', value };
  } catch (error) {
    const problem = hubProblemOf(error);
    return problem === 'no-such-entity' ? { state: 'absent' } : { state: 'unread', reason: REASONS[problem] };
  }
}

const REASONS: Readonly<Record<HubProblem, string>> = {
  'no-such-entity': 'there is no such hub or consumer group',
  'no-such-namespace': 'the name of its namespace does not resolve',
  'not-permitted': 'reading takes the role Azure Event Hubs Data Receiver, or a key with the claim Listen',
  'not-signed-in': 'no Azure sign-in was found',
  'held-by-another': 'another reader holds its partitions',
  'too-many-readers': 'it has as many readers as it takes',
  disabled: 'it is disabled',
  throttled: 'its namespace is busy',
  'too-large': 'its answer was too large',
  'no-answer': 'it did not answer; a firewall may keep port 5671 closed',
};
