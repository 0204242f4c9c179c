import { azPart } from '../../core/az.ts';
import { sameName } from '../../core/resource-id.ts';
import { covers } from '../../reasoning/served-chain.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement, notJudged } from '../check.ts';
import { citeGateway, scopeIn, withGateway } from '../in-use.ts';
import { leafOf, readCertificates } from '../x509.ts';

/** A secret's id with its version: the gateway keeps that version for ever. */
const VERSIONED = /^(https:\/\/[^/]+\/secrets\/[^/?#]+)\/([0-9a-f]{32})\/?$/i;

export const certificateSource = {
  id: 'certificate-source',
  title: "A listener's certificate does not fit, or will not renew itself",
  costsUpTo: 'pool',
  prevents: ['certificate-expired'],
  reads: ['gateway'],
  meaning:
    'A reference to a Key Vault that names a version keeps that version for ever, so that the renewal in the vault never ' +
    'arrives. A certificate that does not hold the name of its listener keeps clients out.',
  blindSpots: ['Whether the vault lets the identity in is written in the vault, not in the gateway.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, (gateway) => {
    const { posture } = readings;
    if (!posture)
      return notJudged({ read: 'The certificates of the listeners, as the gateway shows them.', evidence: 'gateway' });
    const used = new Set(Object.values(posture.certificateOf).map((name) => name.toLowerCase()));
    const findings = posture.certificates
      .filter(({ name }) => used.has(name.toLowerCase()))
      .flatMap((certificate): readonly Finding[] => {
        const { name, keyVaultSecretId: id, data } = certificate;
        const listeners = gateway.listeners.filter((listener) =>
          Object.entries(posture.certificateOf).some(
            ([of, certificateName]) => sameName(of, listener.name) && sameName(certificateName, name),
          ),
        );
        const leaf = data === undefined ? undefined : leafOf(readCertificates(data));
        return [
          ...(id === undefined ? [] : sourceFindings(readings, name, id)),
          ...listeners.flatMap((listener) =>
            leaf ? nameFindings(readings, name, listener.name, listener.hostNames, leaf.names) : [],
          ),
        ];
      });
    return found(...findings);
  });
}

function sourceFindings(readings: AuditReadings, name: string, id: string): readonly Finding[] {
  const [, withoutVersion] = VERSIONED.exec(id) ?? [];
  const update = (secret: string) =>
    azPart(readings, ['ssl-cert', 'update'], '--name', name, '--key-vault-secret-id', secret);
  const scope = scopeIn(readings, { certificate: name });
  const quote = `"keyVaultSecretId": "${id.slice(0, 160)}"`;
  return [
    ...(withoutVersion === undefined
      ? []
      : [
          {
            cost: 'pool' as const,
            nearness: 'someday' as const,
            scope,
            says: `Certificate ${name} names one version of its secret, so a renewed one is never taken over.`,
            because: [citeGateway(quote, 'The id ends in a version.')],
            fix: [{ text: 'Name the secret without its version.', command: update(withoutVersion), undo: update(id) }],
          },
        ]),
  ];
}

/** Hosts of a listener that its certificate does not hold. A wildcard of a listener needs the same wildcard. */
function nameFindings(
  readings: AuditReadings,
  certificate: string,
  listener: string,
  hosts: readonly string[],
  names: readonly string[],
): readonly Finding[] {
  if (names.length === 0) return [];
  const bare = hosts.filter((host) => !names.some((name) => sameName(name, host) || covers(name, host)));
  if (bare.length === 0) return [];
  return [
    {
      cost: 'requests',
      nearness: 'now',
      scope: scopeIn(readings, { listener, certificate }),
      says: `Certificate ${certificate} does not hold ${bare.slice(0, 3).join(', ')}, which listener ${listener} is for.`,
      because: [
        citeGateway(`names ${names.slice(0, 4).join(', ')}`, `These names are on certificate ${certificate}.`),
        citeGateway(`"hostNames": ${JSON.stringify(bare.slice(0, 3))}`, `Listener ${listener} is for these.`),
      ],
      fix: [{ text: 'Issue a certificate that holds every host of the listener, or take the host off the listener.' }],
    },
  ];
}
