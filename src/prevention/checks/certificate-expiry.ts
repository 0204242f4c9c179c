import { azPart } from '../../core/az.ts';
import type { Gateway } from '../../core/gateway.ts';
import { sameName } from '../../core/resource-id.ts';
import { command } from '../../core/shell.ts';
import type { FixStep, MissingRead } from '../../core/verdict.ts';
import {
  type AuditReadings,
  type Check,
  type Cost,
  type Finding,
  found,
  type Judgement,
  type ListenerCertificate,
  notJudged,
  together,
} from '../check.ts';
import { costOfPool, daysUntil, scopeIn, usedTargets, withGateway } from '../in-use.ts';
import { type ReadCertificate, readCertificates } from '../x509.ts';

/** A month: the time that people need to get a certificate through an approval, with a holiday in it. */
const SOON_DAYS = 30;

export const certificateExpiry = {
  id: 'certificate-expiry',
  title: 'A certificate ends soon, or has ended',
  costsUpTo: 'outage',
  prevents: ['certificate-expired', 'certificate-untrusted-root'],
  reads: ['gateway', 'probe-results'],
  meaning:
    'Certificates end on a day that is known from the first. That of a listener then keeps clients out; a trusted root, or ' +
    'the certificate that a member serves, makes the gateway take all members of its settings for down.',
  blindSpots: [
    'A certificate that comes from a Key Vault is often not shown by the gateway; its date is in the vault.',
    'What members serve is known only where the in-network prober was asked.',
  ],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, (gateway) => {
    if (daysUntil(readings, 0) === undefined)
      return notJudged({ read: 'The time at which this was read, to compare the dates of certificates with.' });
    return together([
      ...listenerJudgements(readings, gateway),
      ...rootJudgements(readings, gateway),
      servedFindings(readings),
    ]);
  });
}

function listenerJudgements(readings: AuditReadings, gateway: Gateway): readonly Judgement[] {
  const { posture } = readings;
  if (!posture) return [];
  const secured = gateway.listeners.filter(({ protocol }) => /^(https|tls)$/i.test(protocol ?? ''));
  return posture.certificates.map((certificate) => {
    const users = secured.filter(({ name }) => sameName(certificateOf(readings, name) ?? '', certificate.name));
    if (users.length === 0) return found();
    const chain = certificate.data === undefined ? [] : readCertificates(certificate.data);
    if (chain.length === 0) return notJudged(dateRead(readings, certificate));
    const cost: Cost = users.length === gateway.listeners.length ? 'outage' : 'pool';
    return found(
      ...ending(readings, chain, {
        cost,
        what: `Certificate ${certificate.name} of ${users.length === 1 ? `listener ${users[0]?.name}` : `${users.length} listeners`}`,
        scope: { certificate: certificate.name, ...(users.length === 1 ? { listener: users[0]?.name } : {}) },
        evidence: 'gateway',
        fix: renewal(readings, certificate),
      }),
    );
  });
}

function certificateOf({ posture }: AuditReadings, listener: string): string | undefined {
  const entry = Object.entries(posture?.certificateOf ?? {}).find(([name]) => sameName(name, listener));
  return entry?.[1];
}

function dateRead(readings: AuditReadings, { name, keyVaultSecretId }: ListenerCertificate): MissingRead {
  const vault = keyVaultSecretId === undefined ? undefined : vaultOf(keyVaultSecretId);
  return {
    read: `The dates of certificate ${name}, which the gateway does not show.`,
    command: vault
      ? command(
          ...['az', 'keyvault', 'secret', 'show', '--id', keyVaultSecretId ?? ''],
          ...['--query', 'attributes.expires', '--output', 'tsv'],
        )
      : azPart(readings, ['ssl-cert', 'show'], '--name', name, '--query', 'publicCertData', '--output', 'tsv'),
  };
}

function vaultOf(secretId: string): string | undefined {
  return /^https:\/\/([a-z0-9-]{3,24})\.vault\./i.exec(secretId)?.[1];
}

function renewal(readings: AuditReadings, { name, keyVaultSecretId }: ListenerCertificate): readonly FixStep[] {
  if (keyVaultSecretId !== undefined)
    return [
      {
        text: 'Renew the certificate in the vault. The gateway looks there every four hours, provided that its reference names no version.',
      },
    ];
  return [
    {
      text: 'Upload the renewed certificate under the same name; it cannot be undone without the file of the old one.',
      command: azPart(
        readings,
        ['ssl-cert', 'update'],
        ...['--name', name, '--cert-file', '<file.pfx>', '--cert-password', '<password>'],
      ),
    },
  ];
}

/** Trusted roots of the settings that are in use. A root that ends takes the whole chain with it. */
function rootJudgements(readings: AuditReadings, gateway: Gateway): readonly Judgement[] {
  const targets = usedTargets(readings);
  const names = new Set(targets.flatMap(({ settingConfig }) => settingConfig.trustedRootNames));
  return [...names].map((name) => {
    const users = targets.filter(({ settingConfig }) =>
      settingConfig.trustedRootNames.some((own) => sameName(own, name)),
    );
    const root = gateway.trustedRoots?.find((one) => sameName(one.name, name));
    const chain = root ? readCertificates(root.data) : [];
    // With another root beside it, the members may well be trusted by that one.
    const isOnly = users.some(({ settingConfig }) => settingConfig.trustedRootNames.length === 1);
    if (chain.length === 0)
      return notJudged({
        read: `The dates of trusted root ${name}, which the gateway does not show.`,
        command: azPart(readings, ['root-cert', 'show'], '--name', name, '--query', 'data', '--output', 'tsv'),
      });
    const costs = users.map(({ pool }) => costOfPool(readings, pool));
    return found(
      ...ending(readings, chain, {
        cost: !isOnly ? 'hygiene' : costs.includes('outage') ? 'outage' : 'pool',
        what: `Trusted root ${name} of backend setting ${users[0]?.setting}`,
        scope: { certificate: name, setting: users[0]?.setting },
        evidence: 'gateway',
        fix: [
          {
            text: 'Upload the new root beside the old one and name both in the backend setting before members change their certificates.',
            command: azPart(
              readings,
              ['root-cert', 'create'],
              ...['--name', `${name}-next`, '--cert-file', '<file.cer>'],
            ),
            undo: azPart(readings, ['root-cert', 'delete'], '--name', `${name}-next`),
          },
        ],
      }),
    );
  });
}

/** What members serve, where the prober has seen it. */
function servedFindings(readings: AuditReadings): Judgement {
  return found(
    ...usedTargets(readings).flatMap((target): readonly Finding[] => {
      if (target.settingConfig.validateCertChainAndExpiry === false) return [];
      const seen = (readings.probeResults?.observations ?? []).filter(
        ({ pool, setting }) =>
          pool !== undefined &&
          setting !== undefined &&
          sameName(pool, target.pool) &&
          sameName(setting, target.setting),
      );
      return seen.flatMap(({ member, tls }): readonly Finding[] => {
        const [leaf] = tls?.chain ?? [];
        const [from, to] = [Date.parse(leaf?.validFrom ?? ''), Date.parse(leaf?.validTo ?? '')];
        if (!leaf || Number.isNaN(to)) return [];
        const served = {
          subject: leaf.subject,
          issuer: leaf.issuer,
          names: leaf.names,
          validFromMs: from,
          validToMs: to,
          isSelfIssued: false,
        };
        const isAll = target.poolConfig.addresses.length === 1;
        return ending(readings, [served], {
          cost: isAll ? costOfPool(readings, target.pool) : 'requests',
          what: `The certificate that ${member} serves`,
          scope: { pool: target.pool, setting: target.setting, members: [member] },
          evidence: 'probe-results',
          fix: [{ text: 'Renew the certificate on the member, with its whole chain.' }],
        });
      });
    }),
  );
}

interface Ending {
  readonly cost: Cost;
  readonly what: string;
  readonly scope: Finding['scope'];
  readonly evidence: 'gateway' | 'probe-results';
  readonly fix: readonly FixStep[];
}

/** The first of a chain that ends within the month. A root that comes with its chain is compared as the client has it. */
function ending(
  readings: AuditReadings,
  chain: readonly ReadCertificate[],
  { cost, what, scope, evidence, fix }: Ending,
): readonly Finding[] {
  const counted = chain.length === 1 ? chain : chain.filter(({ isSelfIssued }) => !isSelfIssued);
  const first = counted.toSorted((left, right) => left.validToMs - right.validToMs)[0];
  const daysLeft = first && daysUntil(readings, first.validToMs);
  if (!first || daysLeft === undefined || daysLeft > SOON_DAYS) return [];
  const day = new Date(first.validToMs).toISOString().slice(0, 10);
  const isOver = daysLeft < 0;
  const name = first.subject.slice(0, 80) || 'without a name';
  return [
    {
      cost,
      nearness: isOver ? 'now' : 'soon',
      daysLeft,
      scope: scopeIn(readings, definedOnly(scope)),
      says: `${what} ${isOver ? `ended on ${day}` : `ends on ${day}, in ${daysLeft} days`}.`,
      because: [
        {
          evidence,
          quote: `validTo ${day} (${name})`,
          says: isOver ? 'The certificate is over.' : `That is ${daysLeft} days after this was read.`,
        },
      ],
      fix,
    },
  ];
}

function definedOnly(scope: Finding['scope']): Finding['scope'] {
  return Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== undefined));
}
