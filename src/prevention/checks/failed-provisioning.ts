import { azGateway } from '../../core/az.ts';
import { type AuditReadings, type Check, found, type Judgement } from '../check.ts';
import { citeGateway, scopeIn, withGateway } from '../in-use.ts';

export const failedProvisioning = {
  id: 'failed-provisioning',
  title: 'The last write of the gateway failed',
  costsUpTo: 'outage',
  prevents: ['gateway-update-rejected', 'gateway-not-running'],
  reads: ['gateway'],
  meaning:
    'A gateway whose last write failed goes on with the configuration of before. New members, certificates and probes are ' +
    'not in force though somebody believes they are, and later writes can fail for the same reason.',
  blindSpots: ['What was to be written is in the activity log, not in the gateway.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, ({ provisioningState }) => {
    if (provisioningState?.toLowerCase() !== 'failed') return found();
    return found({
      cost: 'outage',
      nearness: 'someday',
      scope: scopeIn(readings, {}),
      says: 'The gateway is in the provisioning state Failed, so it may not run what its configuration shows.',
      because: [citeGateway(`"provisioningState": "${provisioningState}"`, 'The last write of the gateway failed.')],
      fix: [
        { text: 'Find the error of the write in the activity log, and mend what it names.' },
        {
          text: 'Then write the gateway once more without a change, which ends the state Failed where nothing else is wrong.',
          command: azGateway(readings, 'update'),
        },
      ],
    });
  });
}
