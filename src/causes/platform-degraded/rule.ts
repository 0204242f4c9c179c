import type { Readings } from '../../core/readings.ts';
import type { ResourceHealth } from '../../core/resource-health.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { gatewayNames, gatewayScope } from '../../core/targets.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';

const id = 'platform-degraded';

export const platformDegraded = {
  id,
  title: 'Azure reports trouble with the gateway on its own side',
  maturity: 'stable',
  explains: 'outage',
  reads: ['resource-health', 'gateway'],
  meaning:
    'Azure Resource Health says that the gateway is degraded or unavailable, and that the platform brought it about: a ' +
    'fault in the region or the hardware, or maintenance. Nothing in the configuration of the gateway causes it.',
  confirmedBy: 'Resource Health says Degraded or Unavailable, with a reason of the platform (unplanned or planned).',
  ruledOutBy: 'Resource Health says Available, or that a user brought the state about.',
  doNot: [
    'Do not rebuild or move the gateway while Azure repairs it: a second change makes the first harder to follow.',
    'Do not change backends or probes for it.',
  ],
  prevention: [
    'Spread the instances over availability zones, and keep at least two of them.',
    'Alert on Resource Health, so that it is seen as soon as Azure says so.',
  ],
  blindSpots: [
    'Resource Health can lag some minutes behind, and may say Unknown when the gateway is well.',
    'A fault of the backends or of the network around them is not part of it.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const { resourceHealth: health, gateway } = readings;
  const base = { cause: id, scope: gatewayScope(readings), missing: [], fix: [] };
  const read = resourceHealthRead(readings);
  if (!health) return [{ ...base, verdict: 'inconclusive', because: [], missing: [read] }];
  const state = health.state.trim().toLowerCase();
  if (state === 'available') {
    const because = [citeState(health, 'Azure reports no trouble with the gateway.')];
    return [{ ...base, verdict: 'ruled-out', because }];
  }
  if (state !== 'degraded' && state !== 'unavailable') {
    const because = [
      citeState(health, 'Azure has had no signal from the gateway lately; that says neither good nor bad.'),
    ];
    return [{ ...base, verdict: 'inconclusive', because, missing: [read] }];
  }
  const seen = citeState(health, `Azure reports the gateway as ${state}.`);
  const summary = citeSummary(health);
  const initiator = initiatorOf(health);
  if (initiator === 'user') {
    const says = 'Azure says that a user brought this about, not the platform.';
    const why = health.reasonType === undefined ? summary : [{ ...citeReason(health.reasonType), says }];
    return [{ ...base, verdict: 'ruled-out', because: [seen, ...why] }];
  }
  const fix = fixFor();
  if (initiator === 'platform' && health.reasonType !== undefined)
    return [
      { ...base, verdict: 'confirmed', because: [seen, citeReason(health.reasonType), ...summary], fix, weight: 2 },
    ];
  // Nothing says who brought it about. A gateway that its owner stopped is unavailable, too.
  if (gateway?.operationalState?.toLowerCase() === 'stopped') {
    const stopped: Citation = {
      evidence: 'gateway',
      quote: `"operationalState": "${gateway.operationalState}"`,
      says: 'The gateway is stopped, which by itself makes it unavailable.',
    };
    return [{ ...base, verdict: 'possible', because: [seen, stopped], missing: [read], fix }];
  }
  return [{ ...base, verdict: 'likely', because: [seen, ...summary], missing: [read], fix, weight: 1 }];
}

/** The service has written these reasons with and without a blank, and the user as customer, too. */
function initiatorOf({ reasonType, summary }: ResourceHealth): 'platform' | 'user' | undefined {
  const reason = reasonType?.toLowerCase().replace(/[^a-z]/g, '');
  if (reason === 'unplanned' || reason === 'planned' || reason === 'platforminitiated') return 'platform';
  if (reason === 'userinitiated' || reason === 'customerinitiated') return 'user';
  return /authorized user|customer[- ]initiated|user[- ]initiated/i.test(summary ?? '') ? 'user' : undefined;
}

function citeState({ state, occurredAt }: ResourceHealth, says: string): Citation {
  const since = occurredAt === undefined ? says : `${says.slice(0, -1)} (since ${occurredAt}).`;
  return { evidence: 'resource-health', quote: `"availabilityState": "${state}"`, says: since };
}

function citeReason(reasonType: string): Citation {
  return {
    evidence: 'resource-health',
    quote: `"reasonType": "${reasonType}"`,
    says: 'The platform brought it about.',
  };
}

function citeSummary({ summary, detailedStatus }: ResourceHealth): readonly Citation[] {
  const text = summary ?? detailedStatus;
  if (text === undefined) return [];
  return [{ evidence: 'resource-health', quote: text.slice(0, 300), says: "These are Azure's own words on it." }];
}

function resourceHealthRead(readings: Readings): MissingRead {
  const { id: gatewayId = '<gateway resource id>' } = gatewayNames(readings);
  const url = `https://management.azure.com${gatewayId}/providers/Microsoft.ResourceHealth/availabilityStatuses/current?api-version=2022-10-01`;
  return {
    read: 'Resource Health of the gateway: its state, and who brought it about.',
    command: command('az', 'rest', '--method', 'get', '--url', url),
  };
}

function fixFor(): readonly FixStep[] {
  return [
    {
      text: 'Follow Service Health for the region, and open a support case with the resource id and the time it began.',
    },
    { text: 'Where a second region stands ready, send the traffic there meanwhile.' },
  ];
}
