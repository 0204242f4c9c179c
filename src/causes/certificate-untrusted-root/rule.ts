import { azPart } from '../../core/az.ts';
import type { Observation } from '../../core/backend-health.ts';
import { isV1 } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import type { Rule } from '../../core/rule.ts';
import type { Target } from '../../core/targets.ts';
import type { Citation, FixStep, Verdict } from '../../core/verdict.ts';
import {
  ALL_CODES,
  type CertificateSighting,
  isUnnamed,
  judgeCertificate,
  OPENSSL_CODES,
} from '../../reasoning/certificate-signs.ts';
import { updateSetting } from '../../reasoning/setting-command.ts';

const id = 'certificate-untrusted-root';

export const certificateUntrustedRoot = {
  id,
  title: "The gateway does not trust the root of the backend's certificate",
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log', 'probe-results'],
  meaning:
    "The chain of the backend's certificate ends in a root that the gateway does not accept: a private or self-signed " +
    'root that was never uploaded, or one that was renewed while the old one is still on the backend setting.',
  confirmedBy:
    'The chain as served ends in a root that is neither public nor among the trusted root certificates of the backend setting.',
  ruledOutBy:
    'Backend health gives another reason, or the chain as served leads to a root that is public or on the backend setting.',
  doNot: [
    'Do not upload the server certificate itself: the gateway wants the root that signed it.',
    'Do not switch the chain check off to get going: any certificate would then do.',
    'Do not trust the padlock of a browser: it may know the private root from the domain policy, the gateway does not.',
  ],
  prevention: [
    'Upload the new root beside the old one before a private authority changes over, and remove the old one after.',
    'Use a certificate of a public authority where the backend has a public name.',
  ],
  blindSpots: [
    'A chain that is sent without its intermediates is reported in nearly the same words; the chain as served tells them apart.',
    'Which certificate hides behind the name of an uploaded root is not read here.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  return judgeCertificate(readings, { id, fits, flaw: 'root', signs, fix });
}

function fits(observed: Observation): 'named' | 'confused' | undefined {
  if (observed.kind === 'certificate-untrusted') return 'named';
  // The name is blamed where in truth the root is not trusted; v1 only says that the probe's connection failed.
  if (observed.kind === 'certificate-name' || observed.kind === 'tls-failed') return 'confused';
  // A lone certificate that signed itself is reported as one whose intermediate is missing.
  if (observed.kind === 'certificate-chain') return observed.about === 'intermediate-missing' ? 'confused' : undefined;
  if (observed.kind !== 'certificate-unverified') return undefined;
  if (OPENSSL_CODES.root.some((code) => code === observed.opensslCode)) return 'named';
  const isChain = OPENSSL_CODES.chain.some((code) => code === observed.opensslCode);
  return isChain || isUnnamed(observed, ALL_CODES) ? 'confused' : undefined;
}

/** Whether the roots on the setting agree with the text: no root at all, or one that does not match. */
function signs(readings: Readings, { target, example }: CertificateSighting): readonly Citation[] {
  const { settingConfig, setting } = target;
  // v1 compares the certificate itself with uploaded ones, and knows no trusted roots.
  if (!settingConfig || isV1(readings.gateway)) return [];
  const { trustedRootNames } = settingConfig;
  const { observed } = example;
  const saysMismatch =
    observed.kind === 'certificate-untrusted' &&
    (observed.about === 'root-mismatch' || observed.about === 'no-root-matches');
  if (trustedRootNames.length === 0) {
    const says = `Backend setting ${setting} carries no trusted root, so it accepts public authorities only.`;
    return saysMismatch ? [] : [{ evidence: 'gateway', quote: '"trustedRootCertificates": []', says }];
  }
  const says = `Backend setting ${setting} trusts ${trustedRootNames.length === 1 ? 'this root' : 'these roots'}, and the chain served ends in another.`;
  return saysMismatch
    ? [{ evidence: 'gateway', quote: `"trustedRootCertificates": ${trustedRootNames.join(', ')}`, says }]
    : [];
}

function fix(readings: Readings, { target, example }: CertificateSighting): readonly FixStep[] {
  const { settingConfig, setting } = target;
  if (isV1(readings.gateway)) return fixOnV1(readings, target, example.address);
  const root = '<new-root-name>';
  const update = (...options: string[]) => updateSetting(readings, target, ...options);
  const before = settingConfig?.trustedRootNames;
  const undo =
    before === undefined
      ? undefined
      : before.length > 0
        ? update('--root-certs', ...before)
        : update('--remove', 'trustedRootCertificates');
  return [
    {
      text: `Upload the root certificate that signed the certificate of ${example.address} (Base64, .cer).`,
      command: azPart(readings, ['root-cert', 'create'], '--name', root, '--cert-file', '<root.cer>'),
      undo: azPart(readings, ['root-cert', 'delete'], '--name', root),
    },
    {
      text: `Have backend setting ${setting} trust it${before && before.length > 0 ? ', beside the roots that it trusts already' : ''}.`,
      command: update('--root-certs', ...(before ?? []), root),
      ...(undo === undefined ? {} : { undo }),
    },
    {
      text: 'Or install a certificate of a public authority on the backend, with its full chain. A certificate that signed itself and is no authority has to be replaced in any case: make a root first, and sign with it.',
    },
  ];
}

/** v1 accepts exactly the certificates that are uploaded. Which ones the setting carries today is not read. */
function fixOnV1(readings: Readings, target: Target, address: string): readonly FixStep[] {
  const name = '<certificate-name>';
  return [
    {
      text: `Upload the certificate that ${address} serves; v1 compares the certificate itself.`,
      command: azPart(readings, ['auth-cert', 'create'], '--name', name, '--cert-file', '<certificate.cer>'),
      undo: azPart(readings, ['auth-cert', 'delete'], '--name', name),
    },
    {
      text: `Have backend setting ${target.setting} accept it, beside those that it accepts already.`,
      command: updateSetting(readings, target, '--auth-certs', '<certificates-today>', name),
    },
  ];
}
