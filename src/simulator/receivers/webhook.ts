import { type Receiver, refused } from './receiver.ts';

const MOST_BYTES = 1024 * 1024;

/** Somebody's own endpoint: takes any JSON. */
export const webhook: Receiver = ({ json, bytes }) => {
  if (bytes > MOST_BYTES) return refused(413, 'Payload Too Large', `the body is over ${MOST_BYTES} bytes`);
  if (json === undefined) return refused(400, { error: 'The body is not JSON.' }, 'the body is not JSON');
  return { answer: { status: 200, body: { received: true } } };
};
