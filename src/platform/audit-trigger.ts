import type { InvocationContext } from '@azure/functions';
import { parseGatewayId } from '../core/resource-id.ts';
import { createArmAllowance, createBucketTable } from './arm-allowance.ts';
import { auditDaily } from './audit-daily.ts';
import { auditSnapshot, openAuditReader, readForAudit, unreadReason } from './audit-gateway.ts';
import { createCredential } from './azure-clients.ts';
import { createDoctorArm } from './doctor-arm.ts';
import { gatewaysIn } from './doctor-scope.ts';
import { ports } from './ports.ts';
import { readSettings, type Settings } from './settings.ts';
import { createSharedReads } from './shared-reads.ts';
import { openStorage } from './storage.ts';

/** The daily audit of every gateway that this installation knows: those that had an incident, and those of the allow-list. */
export async function onAudit(_timer: unknown, _context: InvocationContext): Promise<void> {
  const built = ports();
  const settings = readSettings(process.env);
  const { now } = built;
  const shared = {
    allowance: createArmAllowance(createBucketTable(openStorage(settings)), {
      tokensPerSecond: settings.ARM_CALLS_PER_SECOND,
      now,
    }),
    sharedReads: createSharedReads(),
  };
  await auditDaily({
    ...built,
    hour: settings.AUDIT_HOUR,
    gateways: async () => {
      const known = (await built.incidents.gateways()).map(({ gatewayId }) => gatewayId);
      return unique([...known, ...(await allowedGateways(settings, now))]);
    },
    auditOne: async (gatewayId) => {
      const reader = await openAuditReader(settings, gatewayId, now, shared);
      const snapshot = await readForAudit(gatewayId, reader);
      const reason = unreadReason(snapshot);
      return reason === undefined ? auditSnapshot(snapshot) : { unread: reason };
    },
  });
}

/** Those of the allow-list, whose resource groups and subscriptions are asked for theirs. Throws where one does not answer. */
async function allowedGateways(settings: Settings, now: () => Date): Promise<readonly string[]> {
  const scopes = settings.ALLOWED_GATEWAYS;
  if (scopes.every((scope) => parseGatewayId(scope)?.id === scope)) return scopes;
  const arm = createDoctorArm(settings, { credential: await createCredential(settings), now });
  const found: string[] = [];
  for (const scope of scopes) {
    const listed = await gatewaysIn(arm, scope);
    if (listed.state === 'unread') throw new Error(`The gateways of a scope could not be listed: ${listed.reason}.`);
    if (listed.state === 'read') found.push(...listed.value.map(({ id }) => id));
  }
  return found;
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Map(ids.map((id) => [id.toLowerCase(), id])).values()];
}
