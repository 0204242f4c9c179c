import { azPart } from '../../core/az.ts';
import { isV1 } from '../../core/gateway.ts';
import { backendHealthRead } from '../../core/reads.ts';
import type { MissingRead } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { expectedName } from '../../reasoning/expected-name.ts';
import { isPrivateAddress } from '../../reasoning/member-interfaces.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement, notJudged, together } from '../check.ts';
import { citeGateway, costOfPool, isHealthy, scopeIn, type UsedTarget, usedTargets, withGateway } from '../in-use.ts';

/** Names that no public authority may sign: reserved ones, and those without a dot. */
const PRIVATE_NAME = /(^[^.]+$|\.(local|localdomain|internal|intranet|corp|home|lan|private|test|invalid)$)/i;

export const backendTrust = {
  id: 'backend-trust',
  title: 'A backend setting trusts nobody who could sign for its members, or everybody',
  costsUpTo: 'outage',
  prevents: ['certificate-untrusted-root', 'certificate-chain-incomplete', 'certificate-name-mismatch'],
  reads: ['gateway', 'backend-health'],
  meaning:
    'Over TLS the gateway trusts well-known authorities, or the roots that are named in the backend setting. No well-known ' +
    'one signs for a private name, so a setting for such members without roots cannot work; and where a check is switched ' +
    'off, an expired or foreign certificate goes unnoticed until somebody switches it on again.',
  blindSpots: ['Which authority signed is seen in the handshake only.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, (gateway) => {
    // The first generation trusts single certificates, which are not in this reading.
    if (isV1(gateway)) return found();
    const targets = usedTargets(readings).filter(({ settingConfig: { protocol } }) =>
      /^(https|tls)$/i.test(protocol ?? ''),
    );
    return together(
      targets.map((target) => together([untrusted(readings, target), found(...unchecked(readings, target))])),
    );
  });
}

function untrusted(readings: AuditReadings, target: UsedTarget): Judgement {
  const { settingConfig, poolConfig, pool, setting, members } = target;
  if (settingConfig.trustedRootNames.length > 0 || settingConfig.validateCertChainAndExpiry === false) return found();
  const name = expectedName(target)?.name ?? poolConfig.addresses.find(isUnsignable);
  if (name === undefined || !isUnsignable(name) || isHealthy(members)) return found();
  const isDown = members.length > 0 && members.every(({ health }) => health === 'unhealthy');
  if (members.length === 0 && readings.backendHealth === undefined) {
    const read: MissingRead = backendHealthRead(readings);
    return notJudged({ ...read, read: `Backend health: whether the members of ${pool} are trusted over TLS.` });
  }
  const update = (...options: readonly string[]) =>
    azPart(readings, ['http-settings', 'update'], '--name', setting, ...options);
  return found({
    cost: costOfPool(readings, pool),
    nearness: isDown ? 'now' : 'someday',
    scope: scopeIn(readings, { pool, setting }),
    says: `Backend setting ${setting} has no trusted root, and no well-known authority signs for ${name}.`,
    because: [
      citeGateway(`no "trustedRootCertificates" in backend setting ${setting}`, 'Only well-known authorities count.'),
      citeGateway(`"${name}"`, 'The certificate is compared with this name, which is a private one.'),
    ],
    missing: [],
    fix: [
      {
        text: 'Upload the root that signed for the members, and name it in the setting.',
        command: azPart(readings, ['root-cert', 'create'], '--name', '<root>', '--cert-file', '<file.cer>'),
        undo: azPart(readings, ['root-cert', 'delete'], '--name', '<root>'),
      },
      {
        text: 'Then name it in the backend setting.',
        command: update('--root-certs', '<root>'),
        undo: update('--root-certs'),
      },
    ],
  });
}

function isUnsignable(name: string): boolean {
  return isIpAddress(name) ? isPrivateAddress(name) : PRIVATE_NAME.test(name);
}

function unchecked(readings: AuditReadings, { settingConfig, pool, setting }: UsedTarget): readonly Finding[] {
  const { validateCertChainAndExpiry, validateSni } = settingConfig;
  const update = (property: string, value: boolean) =>
    azPart(readings, ['http-settings', 'update'], '--name', setting, '--set', `${property}=${value}`);
  const off = [
    validateCertChainAndExpiry === false ? (['validateCertChainAndExpiry', 'chain and dates'] as const) : undefined,
    validateSni === false ? (['validateSNI', 'the name'] as const) : undefined,
  ].filter((one) => one !== undefined);
  return off.map(([property, what]) => ({
    cost: 'hygiene',
    nearness: 'someday',
    scope: scopeIn(readings, { pool, setting, resource: property }),
    says: `Backend setting ${setting} does not check ${what} of the certificates that members serve.`,
    because: [citeGateway(`"${property}": false`, `This is in backend setting ${setting}.`)],
    fix: [
      {
        text: 'Look at what the members serve first; then switch the check on.',
        command: update(property, true),
        undo: update(property, false),
      },
    ],
  }));
}
