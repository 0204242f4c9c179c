import type { Socket } from 'node:net';
import type { AmqpError, Connection, Delivery, EventContext, Sender, Session } from 'rhea';

/**
 * Everything that reaches into rhea beneath its public surface, in one place. rhea is made for clients, and an endpoint
 * that has to keep bytes as they are and to end links in the middle of a flow needs a little more of it.
 */

interface Outgoing {
  readonly deliveries: { readonly available: () => number };
  readonly next_delivery_id: number;
  readonly next_pending_delivery: number;
}

interface TransferFrame {
  readonly performative: { message_format?: number | null };
}

interface SessionInside {
  readonly outgoing: Outgoing;
  readonly on_transfer: (frame: TransferFrame) => void;
}

/** AMQP's own message format. */
const PLAIN_FORMAT = 0;
/** What plain messages are marked as on their way through rhea; no client sends it. */
const MARKED_FORMAT = 1;

/** Serves AMQP on a socket that was accepted elsewhere. */
export function serve(connection: Connection, socket: Socket): void {
  connection.accept(socket);
}

/** rhea decodes a plain message and forgets its bytes; one in any other format it hands over as it came. */
export function keepBytes(session: Session): void {
  const inside = session as unknown as SessionInside;
  const handOver = inside.on_transfer.bind(session);
  const on_transfer = (frame: TransferFrame) => {
    if ((frame.performative.message_format ?? PLAIN_FORMAT) === PLAIN_FORMAT) {
      frame.performative.message_format = MARKED_FORMAT;
    }
    handOver(frame);
  };
  Object.assign(session, { on_transfer });
}

export interface ReceivedMessage {
  readonly bytes: Buffer;
  readonly format: number;
  readonly delivery: Delivery;
}

/** A message whose bytes were kept. */
export function receivedMessage(context: EventContext): ReceivedMessage | undefined {
  const { message, delivery } = context;
  if (!Buffer.isBuffer(message) || !delivery) return undefined;
  return { bytes: message, delivery, format: delivery.format === MARKED_FORMAT ? PLAIN_FORMAT : delivery.format };
}

/**
 * How many more messages may be queued on a link now. rhea counts credit down when it writes, not when it queues, and
 * throws when the queue of the session is full.
 */
export function roomOn(sender: Sender): number {
  const { outgoing } = sender.session as unknown as SessionInside;
  const queued = outgoing.next_delivery_id - outgoing.next_pending_delivery;
  const { credit } = sender as unknown as { readonly credit: number };
  return Math.max(0, Math.min(credit - queued, outgoing.deliveries.available()));
}

/**
 * Ends a link that may have messages queued. rhea would still write them after the end of the link, and a client drops
 * its whole connection over that; without credit they stay where they are.
 */
export function endSender(sender: Sender, error?: AmqpError): void {
  Object.assign(sender, { credit: 0, on_flow: () => {} });
  sender.close(error);
}
