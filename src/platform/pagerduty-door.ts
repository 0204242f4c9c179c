import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AskForAlerts } from '../app/enrich-pagerduty.ts';
import { restOf } from '../sinks/pagerduty/index.ts';
import { alertsOfIncident } from '../sinks/pagerduty/rest.ts';
import { settingValue } from '../sinks/setting-value.ts';
import type { Environment } from './settings.ts';

/** PagerDuty waits five seconds for the answer of a webhook, and the gateway is looked for in that time as well. */
const ALERTS_WITHIN_MS = 2_500;
/** While a secret is being changed there are two signatures. */
const MOST_SIGNATURES = 8;
const LONGEST_HEADER = 1_000;

export interface PagerDutyDoor {
  /** Whether one of the signatures in `x-pagerduty-signature` is of this body and our secret. */
  readonly isSigned: (body: Uint8Array, header: string | undefined) => boolean;
  /** Absent where the REST API is not configured. */
  readonly askForAlerts?: AskForAlerts;
}

/**
 * The lock of the door for PagerDuty's webhooks. Their signature is the proof of who sent them, beside the function key;
 * PagerDuty has no token of Microsoft Entra ID to show. Throws an Error that names a setting which cannot work.
 */
export function createPagerDutyDoor(environment: Environment, ask: typeof fetch = fetch): PagerDutyDoor {
  const secret = settingValue(environment, 'PAGERDUTY_WEBHOOK_SECRET');
  const rest = restOf(environment);
  const isSigned = (body: Uint8Array, header: string | undefined) =>
    secret !== undefined && isSignedWith(secret, body, header ?? '');
  if (!rest) return { isSigned };
  const askForAlerts: AskForAlerts = async (incidentId) => {
    const answer = await alertsOfIncident(rest, incidentId, {
      fetch: ask,
      abort: AbortSignal.timeout(ALERTS_WITHIN_MS),
    });
    if (answer.kind === 'failed') {
      const { outcome, reason } = answer.outcome;
      return { outcome: outcome === 'retry' ? 'later' : 'refused', reason };
    }
    try {
      return { outcome: 'read', body: JSON.parse(answer.text) };
    } catch {
      // Asked again, it would be as long. PagerDuty shuts a door down that fails three of its webhooks for good.
      return { outcome: 'refused', reason: 'The answer was no JSON, or too much of it.' };
    }
  };
  return { isSigned, askForAlerts };
}

/** Without a secret nothing is signed. The time that this takes tells nothing about the right signature. */
function isSignedWith(secret: string, body: Uint8Array, header: string): boolean {
  if (header.length > LONGEST_HEADER) return false;
  const expected = createHmac('sha256', secret).update(body).digest();
  return header
    .split(',', MOST_SIGNATURES)
    .map((signature) => /^\s*v1=([0-9a-f]{64})\s*$/i.exec(signature)?.[1])
    .filter((hex) => hex !== undefined)
    .map((hex) => timingSafeEqual(Buffer.from(hex, 'hex'), expected))
    .includes(true);
}
