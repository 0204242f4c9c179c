import { wasRead } from '../../core/evidence.ts';
import { logRead } from '../../core/reads.ts';
import { requestsIn } from '../../core/traffic.ts';
import { type AuditReadings, type Check, found, type Judgement, notJudged } from '../check.ts';
import { scopeIn, withGateway } from '../in-use.ts';

/** Below this share of the requests somebody attacks; above it the application itself trips the rules. */
const SHARE = 0.01;
const MIN_MATCHED = 20;

export const wafDetection = {
  id: 'waf-detection',
  title: 'The firewall would block ordinary requests if it were switched to prevention',
  costsUpTo: 'requests',
  prevents: ['waf-blocked'],
  reads: ['gateway', 'firewall-log', 'access-log'],
  meaning:
    'In detection mode the firewall only notes what it would block. Where one of its rules matches a real share of the ' +
    'requests, switching it to prevention answers these with 403.',
  blindSpots: ['Whether the requests that match are attacks or customers is for people to tell.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, ({ wafAttached }) => {
    if (wafAttached !== true) return found();
    const isAsked = readings.evidence.some(({ name, state }) => name === 'firewall-log' && state === 'empty');
    if (!wasRead(readings.evidence, 'firewall-log') && !isAsked) {
      const query = "AGWFirewallLogs | where Action in ('Detected', 'Matched') | summarize count() by RuleId, Message";
      return notJudged({
        ...logRead(readings, 'The firewall log: what it would block.', query),
        evidence: 'firewall-log',
      });
    }
    // Only what is called detected was let through by the mode; a match alone also adds up to a block.
    const records = (readings.firewall?.records ?? []).filter(({ action }) => action?.toLowerCase() === 'detected');
    const total = requestsIn(readings.traffic?.groups ?? []);
    const byRule = Map.groupBy(records, ({ ruleId = 'without an id' }) => ruleId);
    return found(
      ...[...byRule].flatMap(([ruleId, matched]) => {
        const count = matched.reduce((sum, record) => sum + record.count, 0);
        if (count < MIN_MATCHED || (total > 0 && count < total * SHARE)) return [];
        const [first] = matched;
        return [
          {
            cost: 'requests' as const,
            nearness: 'someday' as const,
            scope: scopeIn(readings, { resource: `rule ${ruleId}` }),
            says: `Firewall rule ${ruleId} matched ${count} requests that were let through in detection mode.`,
            because: [
              {
                evidence: 'firewall-log',
                quote: `${count} requests: action Detected, ruleId ${ruleId}`,
                says:
                  first?.message === undefined
                    ? 'The rule gives no message.'
                    : 'Prevention would answer them with 403.',
              },
            ],
            fix: [
              {
                text: 'Look at some of them; where they are customers, exclude the part of the request that the rule trips over, before prevention is switched on.',
              },
            ],
          },
        ];
      }),
    );
  });
}
