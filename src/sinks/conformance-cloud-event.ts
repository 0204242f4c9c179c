import { expect } from '@jest/globals';
import { z } from 'zod';
import type { CloudEvent } from './cloud-event.ts';

/** What a receiver of CloudEvents 1.0 checks. Test support. */

const text = z.string().min(1);
const schema = z.strictObject({
  specversion: z.literal('1.0'),
  id: text.max(400),
  // A URI reference: nothing that has to be encoded, and no scheme that anybody from outside chose.
  source: z.string().regex(/^\/(?!\/)[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/),
  type: z.enum([
    'appgw-triage.incident.opened',
    'appgw-triage.incident.updated',
    'appgw-triage.incident.resolved',
    'appgw-triage.incident.test',
    'appgw-triage.audit.digest',
  ]),
  subject: text,
  time: z.iso.datetime({ offset: true }).optional(),
  datacontenttype: z.literal('application/json'),
  data: z.looseObject({ schema: z.literal('appgw-triage/notification@1') }),
});

/** Bytes: what the smallest event hub takes, with room for the protocol around it. */
const MOST_BYTES = 256_000;

export function accepts(event: CloudEvent): void {
  schema.parse(event);
  expect(Buffer.byteLength(JSON.stringify(event), 'utf8')).toBeLessThanOrEqual(MOST_BYTES);
}
