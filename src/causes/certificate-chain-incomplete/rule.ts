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

const id = 'certificate-chain-incomplete';

export const certificateChainIncomplete = {
  id,
  title: 'The backend does not send its full certificate chain',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log', 'probe-results'],
  meaning:
    'The backend sends its own certificate without the intermediates that lead to the root, or in the wrong order. The ' +
    'gateway fetches nothing that is missing, so it cannot verify the certificate. Often a renewal installed the ' +
    'certificate alone, or from a new intermediate.',
  confirmedBy: 'The chain as served lacks an intermediate between the certificate and its root, or is out of order.',
  ruledOutBy: 'Backend health gives another reason, or the chain as served is complete and in order.',
  doNot: [
    'Do not check with a browser: it fetches or remembers missing intermediates and shows no fault.',
    'Do not upload an intermediate to the gateway as a trusted root: the next renewal breaks it again.',
    'Do not reissue the certificate: the one that is installed is usually sound.',
  ],
  prevention: [
    'Install certificates as one file with the chain in order: the certificate, its intermediates, the root last or not at all.',
    'Check the served chain with openssl after every renewal.',
  ],
  blindSpots: [
    'A self-signed certificate that is no authority is reported in the same words; the remedy is then another certificate.',
    'A backend behind a proxy may serve a different chain for another server name.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  return judgeCertificate(readings, { id, fits, flaw: 'chain', signs: () => [], fix });
}

function fits(observed: Observation): 'named' | 'confused' | undefined {
  if (observed.kind === 'certificate-chain') return 'named';
  // Where the chain is cut short, the gateway may not find the root that it knows, and says that the root is the flaw.
  if (observed.kind === 'certificate-untrusted') return 'confused';
  if (observed.kind !== 'certificate-unverified') return undefined;
  if (OPENSSL_CODES.chain.some((code) => code === observed.opensslCode)) return 'named';
  return isUnnamed(observed, ALL_CODES) ? 'confused' : undefined;
}

function fix(_readings: Readings, { members, example }: CertificateSighting): readonly FixStep[] {
  const where = members.length === 1 ? example.address : `each of the ${members.length} members`;
  return [
    {
      text: `Install the full chain on ${where}, in order: the server's certificate first, then every intermediate. The gateway needs no change.`,
    },
    {
      text: 'If the certificate signed itself, replace it: make a root of your own, sign the server certificate with it, and upload that root to the backend setting.',
    },
  ];
}
