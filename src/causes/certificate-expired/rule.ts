import { azPart } from '../../core/az.ts';
import type { Observation } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import type { Rule } from '../../core/rule.ts';
import type { FixStep, Verdict } from '../../core/verdict.ts';
import {
  ALL_CODES,
  type CertificateSighting,
  isUnnamed,
  judgeCertificate,
  OPENSSL_CODES,
} from '../../reasoning/certificate-signs.ts';

const id = 'certificate-expired';

export const certificateExpired = {
  id,
  title: "A certificate in the backend's chain is outside its validity dates",
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log', 'probe-results'],
  meaning:
    "The backend serves a chain in which a certificate has expired or is not valid yet. It can be the server's own, an " +
    'intermediate or the root. Clients see 502 although the certificate of the listener is in order.',
  confirmedBy: 'The dates of a certificate in the chain as served do not include the time of the failure.',
  ruledOutBy: 'Backend health gives another reason, or every certificate in the chain as served is within its dates.',
  doNot: [
    "Do not renew the listener's certificate: it is the backend's that is judged here.",
    'Do not switch the check of dates off and leave it so: it hides the next expiry as well.',
  ],
  prevention: [
    "Watch the dates of the backends' certificates as closely as those of the listeners, intermediates included.",
    'Have the renewal bind the new certificate and reload the server, not just fetch it.',
  ],
  blindSpots: [
    'A renewed certificate that the server has not loaded yet is still the old one to the gateway.',
    'The text does not say which certificate of the chain it means.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  return judgeCertificate(readings, { id, fits, flaw: 'dates', signs: () => [], fix });
}

function fits(observed: Observation): 'named' | 'confused' | undefined {
  if (observed.kind === 'certificate-dates') return 'named';
  if (observed.kind !== 'certificate-unverified') return undefined;
  if (OPENSSL_CODES.dates.some((code) => code === observed.opensslCode)) return 'named';
  return isUnnamed(observed, ALL_CODES) ? 'confused' : undefined;
}

function fix(readings: Readings, { target, members, example }: CertificateSighting): readonly FixStep[] {
  const where = members.length === 1 ? example.address : `each of the ${members.length} members`;
  const steps: FixStep[] = [
    {
      text: `Renew the certificate that is out of date on ${where}, bind it with its full chain, and reload the server. The gateway notices with its next probe.`,
    },
  ];
  const root = target.settingConfig?.trustedRootNames[0];
  if (root !== undefined) {
    const update = (file: string) => azPart(readings, ['root-cert', 'update'], '--name', root, '--cert-file', file);
    steps.push({
      text: `If the root of a private authority was renewed as well, replace it on the gateway (${root}).`,
      command: update('<new-root.cer>'),
      undo: update('<previous-root.cer>'),
    });
  }
  return steps;
}
