import { accessLogRead } from '../../core/reads.ts';
import { trafficOf } from '../../core/targets.ts';
import { requestsIn } from '../../core/traffic.ts';
import { CLOSED } from '../../reasoning/closed-connections.ts';
import { citeRequests, hasErrorInfo } from '../../reasoning/from-access-log.ts';
import { type AuditReadings, type Check, found, type Judgement, notJudged } from '../check.ts';
import { scopeIn, usedTargets, withGateway } from '../in-use.ts';

/** Fewer than these in what was read are chance. */
const MIN_CLOSED = 5;

export const closedConnections = {
  id: 'closed-connections',
  title: 'Members now and then close a connection that they are asked over',
  costsUpTo: 'requests',
  prevents: ['keepalive-mismatch', 'backend-recycling', 'large-body-buffering'],
  reads: ['gateway', 'access-log'],
  meaning:
    'A few requests a day end with 502 because the member closed the connection under them, too few for any alert. Mostly ' +
    'the member gives idle connections up sooner than the gateway does; under load it becomes an outage.',
  blindSpots: ['Records of older schemas do not say why a request failed.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () => {
    if (readings.traffic === undefined)
      return notJudged(accessLogRead(readings, 'The access log: whether members close connections under requests.'));
    return found(
      ...usedTargets(readings).flatMap((target) => {
        const all = trafficOf(readings, target);
        const closed = all.filter((group) => group.status >= 500 && hasErrorInfo(group, CLOSED));
        if (requestsIn(closed) < MIN_CLOSED) return [];
        const { pool, setting } = target;
        return [
          {
            cost: 'requests' as const,
            nearness: 'now' as const,
            scope: scopeIn(readings, { pool, setting }),
            says: `${requestsIn(closed)} requests failed because members of ${pool} closed the connection.`,
            because: [citeRequests(closed, all, `error_info ${CLOSED}`, 'The gateway names this as the reason.')],
            fix: [
              {
                text: 'Let the members keep idle connections open longer than the gateway does (more than 120 s is on the safe side), and end them only after the requests under way.',
              },
            ],
          },
        ];
      }),
    );
  });
}
