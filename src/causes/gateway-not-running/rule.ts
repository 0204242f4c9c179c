import { azGateway } from '../../core/az.ts';
import { isFailing } from '../../core/backend-health.ts';
import { type Gateway, isV1 } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import { backendHealthRead, gatewayRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, targetsOf } from '../../core/targets.ts';
import { requestsIn } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict, VerdictLevel } from '../../core/verdict.ts';
import { citeRequests, isServed } from '../../reasoning/from-access-log.ts';

const id = 'gateway-not-running';

export const gatewayNotRunning = {
  id,
  title: 'The gateway itself is not running',
  maturity: 'stable',
  explains: 'outage',
  reads: ['gateway', 'access-log', 'backend-health'],
  meaning:
    'The gateway is stopped, or its last change ended in a failure. A stopped gateway serves nobody, whatever its ' +
    'backends do. One whose provisioning failed may go on serving with its old configuration, or may not.',
  confirmedBy: 'The resource itself says that it is stopped.',
  ruledOutBy: 'The resource says that it is running, and that its last change succeeded.',
  doNot: [
    'Do not repair backends or probes first: a stopped gateway probes nobody.',
    'Do not delete and recreate the gateway: its address and its certificates may go with it.',
  ],
  prevention: [
    'Put a lock or a policy on stopping a production gateway, and alert on the stop operation in the activity log.',
    'Keep schedules that stop resources at night away from gateways.',
  ],
  blindSpots: [
    'A running state says nothing about the instances behind it: Resource Health does.',
    'Who stopped it, and why its last change failed, stands in the activity log.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const { gateway } = readings;
  const base = { cause: id, scope: gatewayScope(readings) };
  const operational = gateway?.operationalState?.toLowerCase();
  const provisioning = gateway?.provisioningState?.toLowerCase();
  if (!gateway || (operational === undefined && provisioning === undefined))
    return [{ ...base, verdict: 'inconclusive', because: [], missing: [gatewayRead(readings)], fix: [] }];

  if (operational === 'stopped') {
    const says = 'The gateway is stopped, so it answers no request.';
    return [
      {
        ...base,
        verdict: 'confirmed',
        because: [citeState(gateway, says)],
        missing: [],
        fix: start(readings),
        weight: 1,
      },
    ];
  }
  if (operational === 'stopping' || operational === 'starting') {
    // A state on the way to another: by now it may be either, so the next reading decides.
    const says = `The gateway was ${operational} when this was read, and serves no request until it runs.`;
    const because = [citeState(gateway, says)];
    return [{ ...base, verdict: 'likely', because, missing: [gatewayRead(readings)], fix: start(readings), weight: 1 }];
  }
  if (provisioning === 'failed' || provisioning === 'deleting')
    return [{ ...base, ...judgeFailed(readings, gateway), fix: reapply(readings) }];
  if (operational === 'running') {
    const says = 'The gateway is running.';
    return [{ ...base, verdict: 'ruled-out', because: [citeState(gateway, says)], missing: [], fix: [] }];
  }
  const says = 'The state of the gateway says neither that it runs nor that it is stopped.';
  return [
    {
      ...base,
      verdict: 'inconclusive',
      because: [citeState(gateway, says)],
      missing: [gatewayRead(readings)],
      fix: [],
    },
  ];
}

/**
 * A failed change leaves the data path as it was more often than not. It is likely the cause only where the log shows
 * that nothing is answered and backend health finds no fault with any member.
 */
function judgeFailed(
  readings: Readings,
  gateway: Gateway,
): { verdict: VerdictLevel; because: readonly Citation[]; missing: readonly MissingRead[]; weight?: number } {
  const state = gateway.provisioningState ?? '';
  const failed: Citation = {
    evidence: 'gateway',
    quote: `"provisioningState": "${state}"`,
    says: 'The last change to the gateway did not succeed; it may still serve with the configuration before it.',
  };
  const groups = readings.traffic?.groups ?? [];
  const served = groups.filter(isServed);
  if (served.length > 0) {
    const still = citeRequests(served, groups, 'serverStatus below 500', 'Requests are answered all the same.');
    return { verdict: 'possible', because: [failed, still], missing: [backendHealthRead(readings)] };
  }
  const members = targetsOf(readings).flatMap((target) => target.members);
  const areWell = members.length > 0 && members.every((member) => member.health === 'healthy' && !isFailing(member));
  if (requestsIn(groups) === 0 || !areWell)
    return { verdict: 'possible', because: [failed], missing: [backendHealthRead(readings)] };
  const none = citeRequests(
    [],
    groups,
    'answered by a backend',
    'No request is answered, although all members are healthy.',
  );
  return { verdict: 'likely', because: [failed, none], missing: [gatewayRead(readings)], weight: 1 };
}

function citeState({ operationalState }: Gateway, says: string): Citation {
  return { evidence: 'gateway', quote: `"operationalState": ${JSON.stringify(operationalState ?? null)}`, says };
}

function start(readings: Readings): readonly FixStep[] {
  const v1 = isV1(readings.gateway)
    ? [
        {
          text: 'This is a v1 gateway. Azure retired v1 in April 2026 and stopped such gateways; if it does not start, move to v2.',
        },
      ]
    : [];
  return [
    {
      text: 'Start the gateway, once it is clear who stopped it and why. It takes some minutes.',
      command: azGateway(readings, 'start'),
      undo: azGateway(readings, 'stop'),
    },
    ...v1,
  ];
}

function reapply(readings: Readings): readonly FixStep[] {
  return [
    {
      text: 'Read in the activity log why the last change failed, and correct that. Writing the configuration again as it is can repair the state; it also makes the gateway resolve all backend names anew.',
      command: azGateway(readings, 'update'),
    },
  ];
}
