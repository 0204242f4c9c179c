import type { HubProblem } from '../platform/event-hub-problem.ts';
import type { EventHubPlace } from '../sinks/sink.ts';
import { CliError, type Io } from './command.ts';

/** The one place for a connection string: arguments can be read in the list of processes, and stay in shell histories. */
export const CONNECTION_VARIABLE = 'LOG_HUB_CONNECTION_STRING';

/** For the help of every command that talks to an event hub. */
export const placeHelp = `  --namespace HOST  the namespace, such as logs.servicebus.windows.net, used
                    with your own az login. Or the environment variable
                    ${CONNECTION_VARIABLE} holds a connection string
  --hub NAME        the event hub; may be left out where the connection string
                    names it`;

/** Throws where an argument holds a key. Its text is repeated nowhere. */
export function refuseKeysIn(args: readonly string[]): void {
  if (!args.some((arg) => /SharedAccess(Key|Signature)|Endpoint=sb:/i.test(arg) || /^--connection/i.test(arg))) return;
  throw new CliError(
    `a connection string does not belong on the command line, where everybody on this machine can read it: put it into the environment variable ${CONNECTION_VARIABLE}, and change its key if it was real`,
  );
}

export interface PlaceOptions {
  readonly namespace?: string;
  readonly hub?: string;
}

/** Where the hub is and how to get in. Throws a `CliError` that never repeats a connection string. */
export function hubPlaceFrom(command: string, { namespace, hub }: PlaceOptions, { env }: Pick<Io, 'env'>) {
  const connection = env[CONNECTION_VARIABLE]?.trim();
  if (namespace !== undefined) return { namespace: hostOf(namespace), eventHub: nameOf(command, hub) };
  if (!connection) {
    throw new CliError(
      `${command} needs --namespace and --hub, or a connection string in ${CONNECTION_VARIABLE}; see ${command} --help`,
    );
  }
  if (!/^Endpoint=sb:\/\/[^;\s]+;.*\bSharedAccess(Key|Signature)=[^;]/i.test(connection)) {
    throw new CliError(
      `${CONNECTION_VARIABLE} has to be a connection string with Endpoint=sb:// and a shared access key`,
    );
  }
  const own = /(?:^|;)\s*EntityPath=([^;]+)/i.exec(connection)?.[1]?.trim();
  if (own !== undefined && hub !== undefined && own.toLowerCase() !== hub.toLowerCase()) {
    throw new CliError(`--hub and the EntityPath in ${CONNECTION_VARIABLE} name different event hubs`);
  }
  // The client refuses a connection string that names a hub beside a hub's name, even where they are the same.
  const connectionString = connection.replace(/(^|;)\s*EntityPath=[^;]*/gi, '$1').replace(/;{2,}/g, ';');
  return { connectionString, eventHub: nameOf(command, own ?? hub) };
}

function nameOf(command: string, hub: string | undefined): string {
  if (hub === undefined) throw new CliError(`${command} needs --hub, the name of the event hub`);
  if (!/^[a-z0-9][a-z0-9._-]{0,255}$/i.test(hub)) throw new CliError('--hub takes the name of an event hub');
  return hub;
}

function hostOf(namespace: string): string {
  const host = namespace.replace(/^(sb|amqps|https):\/\//i, '').replace(/\/+$/, '');
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(host)) return host;
  throw new CliError('--namespace takes the full name of a namespace, such as logs.servicebus.windows.net');
}

/** The host that a place is on: shown, and no secret. */
export function hostIn(place: EventHubPlace): string {
  return 'namespace' in place ? place.namespace : (/Endpoint=sb:\/\/([^/;]+)/i.exec(place.connectionString)?.[1] ?? '');
}

/** What a person can do about it, as a fragment behind "cannot be read" or "cannot be written to". */
export function adviceOn(problem: HubProblem, place: EventHubPlace, right: 'read' | 'write'): string {
  const { eventHub } = place;
  const host = hostIn(place);
  const isByKey = 'connectionString' in place;
  const claim = right === 'read' ? 'Listen' : 'Send';
  const role = right === 'read' ? 'Azure Event Hubs Data Receiver' : 'Azure Event Hubs Data Sender';
  switch (problem) {
    case 'no-such-entity':
      return `there is no event hub ${eventHub} in ${host}; az eventhubs eventhub list shows those that are there`;
    case 'no-such-namespace':
      return `the name ${host} does not resolve; look for a typing error, or for a private endpoint that only its network knows`;
    case 'not-permitted':
      return isByKey
        ? `the key in ${CONNECTION_VARIABLE} is not taken: it has to be current and needs the claim ${claim}`
        : `your sign-in may not ${right} ${eventHub}: it needs the role ${role} on the event hub (a new role takes some minutes)`;
    case 'not-signed-in':
      return 'you are not signed in; run az login';
    case 'held-by-another':
      return 'another reader has this consumer group for itself; make one for this and name it with --consumer-group';
    case 'too-many-readers':
      return right === 'read'
        ? 'five readers are on this consumer group already, and more are not allowed; name another with --consumer-group'
        : `the quota of ${eventHub} is used up`;
    case 'disabled':
      return `the event hub ${eventHub} is disabled`;
    case 'throttled':
      return `${host} is throttled; it needs more throughput units, or a lower rate`;
    case 'too-large':
      return `the message is larger than ${eventHub} takes`;
    case 'no-answer':
      return `${host} does not answer; a firewall between here and there has to let port 5671 through`;
  }
}
