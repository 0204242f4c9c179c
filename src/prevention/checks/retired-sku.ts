import { isV1 } from '../../core/gateway.ts';
import { type AuditReadings, type Check, found, type Judgement } from '../check.ts';
import { citeGateway, daysUntil, scopeIn, withGateway } from '../in-use.ts';

/** The day on which the first generation was retired, by the service's own announcement. */
const RETIRED_AT = '2026-04-28T00:00:00Z';

export const retiredSku = {
  id: 'retired-sku',
  title: 'The gateway is of the retired first generation',
  costsUpTo: 'outage',
  prevents: ['gateway-not-running'],
  reads: ['gateway'],
  meaning:
    'Gateways of the tiers Standard and WAF were retired on 28 April 2026. What still runs is stopped and then deleted, on ' +
    'a day that nobody announces to a single gateway.',
  blindSpots: ['Whether the subscription was given more time is not written in the gateway.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, (gateway) => {
    if (!isV1(gateway)) return found();
    const daysLeft = daysUntil(readings, Date.parse(RETIRED_AT));
    return found({
      cost: 'outage',
      nearness: daysLeft === undefined || daysLeft > 0 ? 'soon' : 'now',
      ...(daysLeft === undefined ? {} : { daysLeft }),
      scope: scopeIn(readings, {}),
      says: `Tier ${gateway.tier} was retired on 28 April 2026; the platform stops such gateways.`,
      because: [citeGateway(`"tier": "${gateway.tier}"`, 'This is a tier of the first generation.')],
      fix: [
        {
          text: 'Move to Standard_v2 or WAF_v2: a new gateway in a subnet of its own, filled by the migration script of the service, then the DNS name.',
        },
      ],
    });
  });
}
