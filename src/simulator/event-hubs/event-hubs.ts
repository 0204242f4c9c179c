import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import rhea, { type AmqpError, type Connection, type EventContext, type Receiver, type Sender } from 'rhea';
import { encodeMessage, openMessage, type PropertyValue } from './amqp-message.ts';
import {
  type Endpoint,
  entityNotFound,
  type MutableTotals,
  type Peer,
  partitionOutOfRange,
  refuseAccess,
} from './endpoint.ts';
import { createFaultState, type EventHubFaults } from './faults.ts';
import { createHub, type Hub, type HubCounts, type HubOptions } from './hub.ts';
import { openPublisher, type PublishingPlace } from './publishing.ts';
import { openReader, type ReadingPlace } from './reading.ts';
import { answerClaims, answerManagement } from './requests.ts';
import { endSender, keepBytes, serve } from './rhea-links.ts';

export interface EventHubsOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly hubs: readonly HubOptions[];
  /** What events are stamped with. */
  readonly now?: () => Date;
  /** How much a partition holds at most, in bytes; the oldest events go first. 64 MiB where absent. */
  readonly mostBytesPerPartition?: number;
  /** How large a batch may be, in bytes. 1 MiB where absent, as in the standard tier. */
  readonly mostMessageBytes?: number;
}

/** Since the start, over all hubs. */
export interface EventHubsTotals extends Readonly<MutableTotals> {
  /** Events that are gone because their partition was full. */
  readonly dropped: number;
}

export interface EventHubs {
  /** For the namespace, without `EntityPath`; it selects plain TCP as the service's emulator does. */
  readonly connectionString: string;
  /** `amqp://127.0.0.1:port` */
  readonly url: string;
  readonly counts: () => readonly HubCounts[];
  readonly totals: () => EventHubsTotals;
  /** Stores one event without a publisher. Throws where there is no such hub or partition. */
  readonly append: (
    hub: string,
    partition: string,
    body: Uint8Array,
    properties?: Readonly<Record<string, PropertyValue>>,
  ) => { readonly sequenceNumber: number; readonly offset: string };
  readonly faults: EventHubFaults;
  /** Cuts every connection, and returns when the port is free. */
  readonly close: () => Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const KEY_NAME = 'RootManageSharedAccessKey';
const MEBIBYTE = 1024 * 1024;
/** The service's frame size. */
const FRAME_BYTES = 65_536;

/**
 * Starts an AMQP 1.0 endpoint that the Event Hubs clients take for a namespace: shared access signatures, producers,
 * consumers with owner levels, and what `$management` tells. Events live in memory, and end with it.
 *
 * Not built: TLS and web sockets, Microsoft Entra tokens, idempotent publishing, and the end of a link whose token
 * has run out.
 */
export async function startEventHubs(options: EventHubsOptions): Promise<EventHubs> {
  const { now = () => new Date(), mostBytesPerPartition = 64 * MEBIBYTE, mostMessageBytes = MEBIBYTE } = options;
  const hubs = new Map<string, Hub>();
  for (const hub of options.hubs) {
    if (hubs.has(hub.name.toLowerCase())) throw new Error(`Two event hubs are named "${hub.name}".`);
    hubs.set(hub.name.toLowerCase(), createHub(hub, { mostBytesPerPartition, now }));
  }
  const access = { name: KEY_NAME, key: randomBytes(32).toString('base64') };
  const faults = createFaultState();
  const totals: MutableTotals = {
    events: 0,
    batches: 0,
    refusedBatches: 0,
    delivered: 0,
    skippedByReaders: 0,
    refusedTokens: 0,
    connections: 0,
    droppedConnections: 0,
  };
  const endpoint: Endpoint = {
    hub: (name) => hubs.get(name.toLowerCase()),
    access,
    faults,
    totals,
    mostMessageBytes,
    now,
  };

  const container = rhea.create_container();
  const peers = new Map<Connection, Peer>();
  const withPeer = (work: (context: EventContext, peer: Peer) => void) => (context: EventContext) => {
    const peer = peers.get(context.connection);
    if (peer) work(context, peer);
  };
  container.on('session_open', ({ session }: EventContext) => {
    if (session) keepBytes(session);
  });
  container.on(
    'receiver_open',
    withPeer(({ receiver }, peer) => receiver && attachReceiver(receiver, peer, endpoint)),
  );
  container.on(
    'sender_open',
    withPeer(({ sender }, peer) => sender && attachSender(sender, peer, endpoint)),
  );
  // rhea throws where nobody listens. What ends a link or a connection is seen where that is used.
  for (const event of [
    'error',
    'protocol_error',
    'connection_error',
    'session_error',
    'sender_error',
    'receiver_error',
    'disconnected',
  ]) {
    container.on(event, () => {});
  }

  const welcome = (socket: Socket) => {
    totals.connections += 1;
    const connection = container.create_connection({
      // The clients send in small pieces, which must not wait for each other.
      tcp_no_delay: true,
      reconnect: false,
      max_frame_size: FRAME_BYTES,
      receiver_options: { autoaccept: false, credit_window: 0, max_message_size: mostMessageBytes },
      // A reader's outcome changes nothing, so none is waited for.
      sender_options: { snd_settle_mode: 1 },
    } as never);
    peers.set(
      connection,
      createPeer(connection, socket, () => peers.delete(connection)),
    );
    serve(connection, socket);
  };
  let listener: Server | undefined = await listen(options.port ?? 0, welcome);
  const port = portOf(listener);
  const origin = `${LOOPBACK}:${port}`;

  const partitionOf = (hubName: string, id: string) => {
    const partition = endpoint.hub(hubName)?.partition(id);
    if (!partition) throw new Error(`There is no partition "${id}" of an event hub "${hubName}".`);
    return partition;
  };
  const counts = () => Array.from(hubs.values(), (hub) => hub.counts());
  const cutAll = () => {
    const cut = [...peers.values()];
    for (const peer of cut) peer.cut();
    return cut.length;
  };

  return {
    connectionString: `Endpoint=sb://${origin};SharedAccessKeyName=${access.name};SharedAccessKey=${access.key};UseDevelopmentEmulator=true;`,
    url: `amqp://${origin}`,
    counts,
    totals: () => {
      const dropped = counts().flatMap(({ partitions }) => partitions.map((partition) => partition.dropped));
      return { ...totals, dropped: dropped.reduce((sum, count) => sum + count, 0) };
    },
    append: (hubName, partition, body, properties) => {
      const { sequenceNumber, offset } = partitionOf(hubName, partition).append(
        openMessage(encodeMessage(body, properties)),
      );
      totals.events += 1;
      return { sequenceNumber, offset };
    },
    faults: {
      dropConnections: () => {
        const dropped = cutAll();
        totals.droppedConnections += dropped;
        return dropped;
      },
      refuseConnections: () => {
        // Connections that are open stay open; it is closed for good only when the last of them ends.
        listener?.close();
        listener = undefined;
      },
      acceptConnections: async () => {
        listener ??= await listen(port, welcome);
      },
      delay: (delayMs) => {
        faults.delayMs = delayMs;
      },
      repeatOnAttach: (events) => {
        faults.repeatedEvents = events;
      },
      loseAcknowledgements: (batches) => {
        faults.lostAcknowledgements = batches;
      },
      skipSequenceNumbers: (hubName, partition, count) =>
        partitionOf(hubName, partition).log.skipSequenceNumbers(count),
    },
    close: async () => {
      faults.stop();
      const closed = listener && once(listener, 'close');
      listener?.close();
      cutAll();
      await closed;
    },
  };
}

async function listen(port: number, welcome: (socket: Socket) => void): Promise<Server> {
  const server = createServer(welcome);
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The event hubs have no address.');
  return address.port;
}

function createPeer(connection: Connection, socket: Socket, onGone: () => void): Peer {
  const gone = new Set([onGone]);
  socket.once('close', () => {
    for (const work of gone) work();
  });
  return {
    connection,
    opened: new Set(),
    answers: new Map(),
    // rhea notices the end of a socket by its error, and stops its timers then.
    cut: () => void socket.destroy(new Error('The endpoint cut the connection.')),
    gone,
  };
}

/** A client that sends: requests, or events for a hub or one of its partitions. */
function attachReceiver(receiver: Receiver, peer: Peer, endpoint: Endpoint): void {
  const path = receiver.target?.address ?? '';
  receiver.set_target({ address: path });
  const node = requestNode(path, peer);
  if (node === 'claims') answerClaims(receiver, peer, endpoint);
  else if (node === 'management') answerManagement(receiver, peer, endpoint);
  else {
    const place = placeToPublish(path, peer, endpoint);
    if ('hub' in place) openPublisher(receiver, place, peer, endpoint);
    else receiver.close(place);
  }
}

/** A client that receives: answers to its requests, or the events of a partition. */
function attachSender(sender: Sender, peer: Peer, endpoint: Endpoint): void {
  const path = sender.source?.address ?? '';
  const position = sender.source?.filter;
  sender.set_source({ address: path, ...(position ? { filter: position } : {}) });
  if (requestNode(path, peer)) {
    // Clients ask for answers by the name of the link, or by the address that they gave it.
    const names = [sender.name, sender.target?.address].filter((name) => typeof name === 'string');
    for (const name of names) peer.answers.set(name, sender);
    sender.on('sender_close', () => {
      for (const name of names) peer.answers.delete(name);
    });
    return;
  }
  const place = placeToRead(path, peer, endpoint);
  if ('group' in place) openReader(sender, place, peer, endpoint);
  else endSender(sender, place);
}

function requestNode(path: string, { opened }: Peer): 'claims' | 'management' | undefined {
  if (path === '$cbs') return 'claims';
  const isManagement = path === '$management' || path.endsWith('/$management');
  // The link does not say which hub it is about, so every request is checked by itself.
  return isManagement && opened.size > 0 ? 'management' : undefined;
}

function placeToPublish(path: string, peer: Peer, endpoint: Endpoint): PublishingPlace | AmqpError {
  const refusal = refuseAccess(peer, path);
  if (refusal) return refusal;
  const [, hubName = '', id] = /^([^/]+)(?:\/partitions\/([^/]+))?$/i.exec(path) ?? [];
  const hub = endpoint.hub(hubName);
  if (!hub) return entityNotFound(path);
  const partition = id === undefined ? undefined : hub.partition(id);
  if (id !== undefined && !partition) return partitionOutOfRange(hub);
  return { hub, partition };
}

function placeToRead(path: string, peer: Peer, endpoint: Endpoint): ReadingPlace | AmqpError {
  const refusal = refuseAccess(peer, path);
  if (refusal) return refusal;
  const [, hubName = '', groupName = '', id = ''] =
    /^([^/]+)\/consumergroups\/([^/]+)\/partitions\/([^/]+)$/i.exec(path) ?? [];
  const hub = endpoint.hub(hubName);
  const partition = hub?.partition(id);
  if (hub && !partition) return partitionOutOfRange(hub);
  const group = partition?.readers(groupName);
  return partition && group ? { partition, group } : entityNotFound(path);
}
