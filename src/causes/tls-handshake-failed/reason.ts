import { azPart } from '../../core/az.ts';
import type { TlsObservation } from '../../core/prober.ts';
import type { Readings } from '../../core/readings.ts';
import { probedPort, type Target } from '../../core/targets.ts';
import type { FixStep } from '../../core/verdict.ts';
import { updateSetting } from '../../reasoning/setting-command.ts';

/** Why a handshake ends before any certificate is judged, and what to do about it. */
export type HandshakeReason =
  | 'speaks-plain-http'
  | 'wants-client-certificate'
  | 'wants-server-name'
  | 'refuses-version'
  | 'refuses-cipher'
  | 'not-known';

/** OpenSSL's error codes by what they mean here, the plainest first. */
const ERRORS: readonly (readonly [RegExp, HandshakeReason])[] = [
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_LAYER/i, 'speaks-plain-http'],
  [/CERTIFICATE_REQUIRED|DID_NOT_RETURN_A_CERTIFICATE|ALERT_BAD_CERTIFICATE/i, 'wants-client-certificate'],
  [/UNRECOGNI[SZ]ED_NAME/i, 'wants-server-name'],
  [/PROTOCOL_VERSION|NO_PROTOCOLS/i, 'refuses-version'],
  [/HANDSHAKE_FAILURE|NO_SHARED_CIPHER|INSUFFICIENT_SECURITY|NO_CIPHER/i, 'refuses-cipher'],
];

export function reasonOf(tls: TlsObservation): HandshakeReason {
  if (tls.demandsClientCertificate === true) return 'wants-client-certificate';
  const reason = ERRORS.find(([pattern]) => pattern.test(tls.error ?? ''))?.[1] ?? 'not-known';
  // Servers that choose their site by the name reset a connection that names none, or refuse it with a general alert.
  const isGeneral = reason === 'not-known' || reason === 'refuses-cipher';
  return isGeneral && tls.serverName === undefined ? 'wants-server-name' : reason;
}

/** What the reason amounts to, as the end of a sentence on a member. */
export function inWords(reason: HandshakeReason, tls: TlsObservation | undefined): string {
  if (reason === 'speaks-plain-http')
    return 'it speaks plain HTTP on this port, while the backend setting speaks HTTPS';
  if (reason === 'wants-client-certificate') return 'it demands a client certificate, and the gateway has none to show';
  if (reason === 'refuses-version') return 'it refuses the protocol version';
  if (reason === 'refuses-cipher') return 'it refuses the offer, which is most often a matter of ciphers';
  if (reason === 'not-known') return 'it does not say why';
  return tls?.serverName === undefined
    ? 'it seems to want a server name, and none is sent for an address'
    : `it does not know the server name ${tls.serverName}`;
}

export function fixFor(readings: Readings, target: Target, reason: HandshakeReason): readonly FixStep[] {
  if (reason === 'speaks-plain-http') return speakPlainHttp(readings, target);
  if (reason === 'wants-server-name') return sendServerName(readings, target);
  if (reason === 'wants-client-certificate')
    return [
      {
        text: `Have the members of ${target.pool} accept connections from the gateway without a client certificate; a gateway does not present one to backends.`,
      },
    ];
  return [
    {
      text: `Have the members of ${target.pool} accept TLS 1.2 with a common ECDHE cipher suite, and a server name as the gateway sends it.`,
    },
  ];
}

function speakPlainHttp(readings: Readings, target: Target): readonly FixStep[] {
  const { setting, settingConfig, probe } = target;
  const port = probedPort(target) ?? 'this port';
  const onSetting = (protocol: string) => updateSetting(readings, target, '--protocol', protocol);
  const steps: FixStep[] = [
    { text: `Either serve TLS on port ${port}, or point backend setting ${setting} at the port that does.` },
  ];
  if (/^https$/i.test(settingConfig?.protocol ?? 'Https'))
    steps.push({
      text: `Or have backend setting ${setting} speak plain HTTP to port ${port}. Requests then cross the network unencrypted.`,
      command: onSetting('Http'),
      ...(settingConfig?.protocol === undefined ? {} : { undo: onSetting(settingConfig.protocol) }),
    });
  if (!probe || !/^https$/i.test(probe.protocol ?? '')) return steps;
  const onProbe = (protocol: string) =>
    azPart(readings, ['probe', 'update'], '--name', probe.name, '--protocol', protocol);
  const text = `Its probe ${probe.name} has to change with it: the two must speak the same protocol.`;
  return [...steps, { text, command: onProbe('Http'), undo: onProbe(probe.protocol ?? 'Https') }];
}

function sendServerName(readings: Readings, target: Target): readonly FixStep[] {
  const { setting, settingConfig, probe } = target;
  const name = '<name that the backend serves>';
  const host = probe?.pickHostNameFromBackendSetting ? undefined : probe?.host;
  const text = `Have backend setting ${setting} send a host name that the backend serves; it becomes the server name, which an IP address does not.`;
  const before = settingConfig?.hostName;
  const undo =
    before === undefined
      ? updateSetting(readings, target, '--remove', 'hostName')
      : updateSetting(readings, target, '--host-name', before);
  const onSetting: FixStep = {
    text,
    command: updateSetting(readings, target, '--host-name', name),
    ...(settingConfig === undefined ? {} : { undo }),
  };
  if (!probe || host === undefined) return [onSetting];
  const onProbe = (value: string) => azPart(readings, ['probe', 'update'], '--name', probe.name, '--host', value);
  return [
    { text: `Give probe ${probe.name} that name as well.`, command: onProbe(name), undo: onProbe(host) },
    onSetting,
  ];
}
