import { azPart } from '../../core/az.ts';
import type { Observation } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import type { Rule } from '../../core/rule.ts';
import type { Citation, FixStep, Verdict } from '../../core/verdict.ts';
import { isIpAddress, isOnSharedPlatform } from '../../reasoning/backend-address.ts';
import {
  ALL_CODES,
  type CertificateSighting,
  isUnnamed,
  judgeCertificate,
  OPENSSL_CODES,
} from '../../reasoning/certificate-signs.ts';
import { expectedName } from '../../reasoning/expected-name.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { updateSetting } from '../../reasoning/setting-command.ts';

const id = 'certificate-name-mismatch';

export const certificateNameMismatch = {
  id,
  title: "The backend's certificate is not for the name that the gateway expects",
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log', 'probe-results'],
  meaning:
    'The gateway compares the certificate of the backend with a host name: that of the probe, else that of the backend ' +
    'setting, else the address in the pool. None of the names on the certificate is that one. It follows a renewed ' +
    'certificate with other names, a changed probe host, or a pool that holds IP addresses.',
  confirmedBy:
    'The certificate served for the name that the gateway sends lists other names only (alternative names count before the common name).',
  ruledOutBy: 'Backend health gives another reason, or the certificate as served holds the expected name.',
  doNot: [
    'Do not reissue the certificate before the served one has been read: usually the host name on the gateway is the wrong one of the two.',
    'Do not switch the check off to get going: the gateway would then send traffic to any server at that address.',
    'Do not use an IP address as the host name: no server name is sent for it, and the backend may serve its default certificate.',
  ],
  prevention: [
    'Set the host name on the backend setting and let the probe take it from there, so that both change together.',
    'Check the names of a renewed certificate against the gateway before it is bound.',
  ],
  blindSpots: [
    'The gateway has been seen to blame the name where the root is not trusted, so the chain has to be read as well.',
    'Live requests can send another server name than the probe does.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  return judgeCertificate(readings, { id, fits, flaw: 'name', signs, doubts, fix });
}

function fits(observed: Observation): 'named' | 'confused' | undefined {
  if (observed.kind === 'certificate-name') return 'named';
  // A server may break the handshake off for a server name that it does not know.
  if (observed.kind === 'tls-failed') return 'confused';
  if (observed.kind === 'certificate-unverified') {
    if (OPENSSL_CODES.name.some((code) => code === observed.opensslCode)) return 'named';
    return isUnnamed(observed, ALL_CODES) ? 'confused' : undefined;
  }
  // The wording between a missing leaf and a wrong name depends on the chain that the backend sends.
  return observed.kind === 'certificate-chain' && observed.about === 'leaf-missing' ? 'confused' : undefined;
}

function signs(_readings: Readings, { target, example }: CertificateSighting): readonly Citation[] {
  const expected = expectedName(target);
  if (!expected) return [];
  const name = expected.name ?? example.address;
  if (isIpAddress(name)) {
    const says = `The certificate is compared with ${name}; certificates are rarely issued for addresses, and no server name is sent for one.`;
    return [{ ...expected.citation, says }];
  }
  if (isOnSharedPlatform(example.address) && name.toLowerCase() !== example.address.toLowerCase()) {
    const says = `${example.address} serves the platform's own certificate unless ${name} is bound to it.`;
    return [expected.citation, { evidence: 'backend-health', quote: example.address, says }];
  }
  return [expected.citation];
}

/** Another member passes with the very same name, so the name is one that the backends are known by. */
function doubts(_readings: Readings, { target, healthy, example }: CertificateSighting): readonly Citation[] {
  const [sibling] = healthy;
  if (!sibling || expectedName(target)?.name === undefined) return [];
  const says = `${sibling.address} passes with the same name, so ${example.address} differs, not the configuration.`;
  return [citeMember(sibling, says)];
}

function fix(readings: Readings, { target }: CertificateSighting): readonly FixStep[] {
  const { probe, settingConfig, setting } = target;
  const expected = expectedName(target);
  const name = '<name on the certificate>';
  const onSetting = (...options: string[]) => updateSetting(readings, target, ...options);
  const other: FixStep = {
    text: `Or install a certificate on the backend that holds ${expected?.name ?? 'the expected name'}.`,
  };
  if (expected?.from === 'probe' && probe?.host !== undefined) {
    const update = (host: string) => azPart(readings, ['probe', 'update'], '--name', probe.name, '--host', host);
    const text = `Give probe ${probe.name} the host name that is on the certificate served, and check that backend setting ${setting} sends the same to live requests.`;
    return [{ text, command: update(name), undo: update(probe.host) }, other];
  }
  const text = `Give backend setting ${setting} the host name that is on the certificate served. Live requests carry that name to the backend then, too.`;
  if (!settingConfig || !expected) return [{ text, command: onSetting('--host-name', name) }, other];
  if (settingConfig.hostName !== undefined) {
    return [
      { text, command: onSetting('--host-name', name), undo: onSetting('--host-name', settingConfig.hostName) },
      other,
    ];
  }
  const picks = String(settingConfig.pickHostNameFromBackendAddress === true);
  return [
    {
      text,
      command: onSetting('--host-name', name, '--host-name-from-backend-pool', 'false'),
      undo: onSetting('--remove', 'hostName', '--host-name-from-backend-pool', picks),
    },
    other,
  ];
}
