import rhea, { type EventContext, type Receiver, type Typed } from 'rhea';
import { type Endpoint, entityNotFound, type Peer, partitionOutOfRange, refuseAccess } from './endpoint.ts';
import type { Hub, Partition } from './hub.ts';
import { receivedMessage } from './rhea-links.ts';
import { pathOf, refuseToken } from './shared-access.ts';

/** An answer on one of the two request nodes. */
interface Reply {
  readonly status: number;
  readonly description: string;
  readonly condition?: string;
  readonly body?: Typed;
}

interface Request {
  readonly message_id?: string | number | Buffer;
  readonly reply_to?: unknown;
  readonly body?: unknown;
  readonly application_properties?: Readonly<Record<string, unknown>>;
}

/** How many requests a client may have under way. */
const CREDIT = 100;
const { types } = rhea;

/** `$cbs`: a client shows a token for every path that it is going to use. */
export function answerClaims(receiver: Receiver, peer: Peer, endpoint: Endpoint): void {
  answer(receiver, peer, endpoint, ({ application_properties: properties = {}, body }) => {
    const audience = String(properties.name ?? '');
    if (properties.operation !== 'put-token' || typeof body !== 'string') {
      return { status: 400, description: 'The request is no put-token.', condition: 'amqp:not-allowed' };
    }
    // The expiry is compared with this machine's clock, as the client made it by its own, whatever time a drill plays in.
    const reason =
      properties.type === 'servicebus.windows.net:sastoken'
        ? refuseToken(body, audience, endpoint.access, Date.now() / 1_000)
        : 'Only shared access signatures are taken here.';
    if (reason !== undefined) {
      endpoint.totals.refusedTokens += 1;
      return { status: 401, description: `InvalidSignature: ${reason}`, condition: 'amqp:unauthorized-access' };
    }
    peer.opened.add(pathOf(audience));
    return { status: 202, description: 'Accepted' };
  });
}

/** `$management`: what a hub and its partitions hold. */
export function answerManagement(receiver: Receiver, peer: Peer, endpoint: Endpoint): void {
  answer(receiver, peer, endpoint, ({ application_properties: properties = {} }) => {
    const name = String(properties.name ?? '');
    if (properties.operation !== 'READ') {
      return { status: 400, description: 'Only READ is answered here.', condition: 'amqp:not-implemented' };
    }
    const refusal = refuseAccess(peer, `${name}/$management`);
    if (refusal) return { status: 401, description: String(refusal.description), condition: refusal.condition };
    const hub = endpoint.hub(name);
    if (!hub) return notFound(name);
    if (properties.type === 'com.microsoft:eventhub') return { status: 200, description: 'OK', body: describeHub(hub) };
    if (properties.type !== 'com.microsoft:partition') {
      return { status: 400, description: 'The type is unknown here.', condition: 'amqp:not-allowed' };
    }
    const partition = hub.partition(String(properties.partition ?? ''));
    if (partition) return { status: 200, description: 'OK', body: describePartition(hub, partition) };
    const { condition, description } = partitionOutOfRange(hub);
    return { status: 400, description: String(description), condition };
  });
}

function notFound(name: string): Reply {
  const { condition, description } = entityNotFound(name);
  return { status: 404, description: String(description), condition };
}

// rhea guesses the type of a number by its value, so every number is wrapped.
function describeHub(hub: Hub): Typed {
  const ids = hub.partitions.map(({ id }) => id);
  return types.wrap_map({
    name: hub.name,
    type: 'com.microsoft:eventhub',
    created_at: types.wrap_timestamp(hub.createdAt.getTime()),
    partition_count: types.wrap_int(ids.length),
    partition_ids: types.wrap_array(ids, STRING_32, undefined),
    georeplication_factor: types.wrap_int(1),
  });
}

function describePartition(hub: Hub, { id, log }: Partition): Typed {
  const { firstSequenceNumber } = log.counts();
  const last = log.last();
  return types.wrap_map({
    name: hub.name,
    type: 'com.microsoft:partition',
    partition: id,
    begin_sequence_number: types.wrap_long(last ? firstSequenceNumber : -1),
    last_enqueued_sequence_number: types.wrap_long(last?.sequenceNumber ?? -1),
    last_enqueued_offset: last?.offset ?? '-1',
    last_enqueued_time_utc: types.wrap_timestamp(last?.enqueuedAtMs ?? 0),
    is_partition_empty: last === undefined,
  });
}

const STRING_32 = 0xb1;

function answer(receiver: Receiver, peer: Peer, { faults }: Endpoint, reply: (request: Request) => Reply): void {
  receiver.add_credit(CREDIT);
  receiver.on('message', (context: EventContext) => {
    const received = receivedMessage(context);
    if (!received) return;
    let request: Request;
    try {
      request = rhea.message.decode(received.bytes) as Request;
    } catch {
      received.delivery.reject({ condition: 'amqp:decode-error', description: 'The request cannot be decoded.' });
      receiver.add_credit(1);
      return;
    }
    received.delivery.accept();
    receiver.add_credit(1);
    faults.later(() => {
      const { status, description, condition, body } = reply(request);
      const sender = peer.answers.get(String(request.reply_to ?? ''));
      if (!sender?.is_open()) return;
      sender.send({
        correlation_id: request.message_id,
        application_properties: {
          'status-code': types.wrap_int(status),
          'status-description': description,
          ...(condition === undefined ? {} : { 'error-condition': types.wrap_symbol(condition) }),
        },
        body: body ?? '',
      });
    });
  });
}
