import type { TokenCredential } from '@azure/core-auth';
import type { Notification } from '../core/notification.ts';
import type { GatewayId } from '../core/resource-id.ts';
import type { CollectorRights, DoctorPort, Read, SetUp } from '../doctor/check.ts';
import { evidenceKinds } from '../evidence/index.ts';
import { sinks } from '../sinks/index.ts';
import { createCredential } from './azure-clients.ts';
import { createDoctorArm, type DoctorArm } from './doctor-arm.ts';
import { certificateEnd } from './doctor-certificate.ts';
import { namedHubs, readHubs } from './doctor-hubs.ts';
import { configuredSinks, reachPlace } from './doctor-places.ts';
import { createEventHubPublisher } from './event-hub-publisher.ts';
import type { Settings } from './settings.ts';

export interface Doctor extends DoctorPort {
  /** Rejects with what the sign-in says where there is none. */
  readonly signIn: () => Promise<void>;
  readonly arm: DoctorArm;
}

/** How long one sink may take for a test message. */
const SEND_TIMEOUT_MS = 20_000;

/** Builds what the checks ask with. Nothing is asked of anybody yet. */
export async function createDoctor(
  settings: Pick<Settings, 'ARM_ENDPOINT' | 'AZURE_CLIENT_ID' | 'PORTAL_URL'>,
  { now = () => new Date() }: { readonly now?: () => Date } = {},
): Promise<Doctor> {
  const credential = await createCredential(settings);
  const arm = createDoctorArm(settings, { credential, now });
  return {
    now,
    arm,
    signIn: arm.signIn,
    get: arm.get,
    list: arm.list,
    clockAheadMs: arm.clockAheadMs,
    collectors,
    sinks: configuredSinks,
    reach: (place) => reachPlace(place),
    sendTest: (name, setUp) => sendTest(name, setUp, { credential, portalUrl: settings.PORTAL_URL, now }),
    hubs: (values) => readHubs(namedHubs(values), settings),
    certificateEnd,
  };
}

/** Every kind of evidence that is collected, with what collecting it takes. */
async function collectors(): Promise<readonly CollectorRights[]> {
  const loaded = evidenceKinds.flatMap(({ name, title, isFirst = false, collector }) =>
    collector ? [collector().then(({ rights }) => ({ evidence: name, title, isFirst, rights }))] : [],
  );
  return Promise.all(loaded);
}

interface Sending {
  readonly credential: TokenCredential;
  readonly portalUrl: string;
  readonly now: () => Date;
}

/** One marked message through one sink, straight: no ledger and no queue, since there is no incident. */
async function sendTest(
  name: string,
  { settings, sendTestAbout }: SetUp,
  sending: Sending,
): Promise<Read<'delivered'>> {
  const sink = sinks.find((candidate) => candidate.name === name);
  if (!sink || !sendTestAbout) return { state: 'absent' };
  try {
    const config = sink.configure(settings);
    if (config === undefined) return { state: 'absent' };
    const message = sink.render(testNotification(sendTestAbout, sending), config);
    if (isNothing(message)) return { state: 'absent' };
    const outcome = await sink.send(message, config, {
      fetch,
      publish: createEventHubPublisher(async () => sending.credential),
      abort: AbortSignal.timeout(SEND_TIMEOUT_MS),
    });
    return outcome.outcome === 'delivered'
      ? { state: 'read', value: 'delivered' }
      : { state: 'unread', reason: outcome.reason };
  } catch (error) {
    return { state: 'unread', reason: error instanceof Error ? error.message : 'its settings are not usable' };
  }
}

/** What a sink renders where it has nothing to send: PagerDuty pages nobody for a test. */
function isNothing(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'nothing';
}

export function testNotification(
  { id, name, resourceGroup, subscription }: GatewayId,
  { portalUrl, now }: Pick<Sending, 'portalUrl' | 'now'>,
): Notification {
  const at = now().toISOString();
  return {
    incidentId: `doctor-${at.replace(/\D/g, '').slice(0, 14)}`,
    revision: 1,
    kind: 'test',
    severity: 'info',
    gateway: { id, name, resourceGroup, subscription, portalUrl: `${portalUrl}/#@/resource${id}/overview` },
    headline: 'appgw-triage doctor reaches this place.',
    fired: ['Somebody ran appgw-triage doctor --send-test.'],
    causes: [],
    alternatives: [],
    affected: [],
    impact: '',
    unreadable: [],
    openedAt: at,
    at,
  };
}
