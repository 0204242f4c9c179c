import { command } from '../../core/shell.ts';
import { booleanOf, type Fields, fieldsOf, flatFieldsOf, listOf, numberOf, textOf } from '../../evidence/json.ts';
import type { Check, DoctorPort, Finding, GatewayInScope, Read } from '../check.ts';
import { GATEWAY_RIGHT, readGateway, whyNoGateway } from '../gateway-document.ts';
import { counted } from '../names.ts';

interface Certificate {
  readonly what: string;
  readonly name: string;
  /** The secret in a Key Vault that it comes from. */
  readonly secretUrl?: string;
  readonly isVersioned?: boolean;
  readonly isSwitchedOff?: boolean;
  /** Milliseconds since 1970. */
  readonly ends: Read<number>;
}

interface Found {
  readonly certificates: Read<readonly Certificate[]>;
  readonly nowMs: number;
}

const DAY_MS = 24 * 60 * 60_000;
/** Key Vault renews 30 days before the end by default: whatever is nearer was not renewed. */
const SOON_DAYS = 30;

/** Whether certificates of the gateway are about to expire: those in its configuration, and those in a Key Vault. */
export const certificates = {
  id: 'certificates',
  title: 'Certificates',
  rights: [GATEWAY_RIGHT, 'Microsoft.KeyVault/vaults/read', 'Microsoft.KeyVault/vaults/secrets/read'],
  read: async (port, { gateway }) => {
    const nowMs = port.now().getTime();
    const document = await readGateway(port, gateway);
    if (document.state !== 'read') return { certificates: { state: 'unread', ...whyNoGateway(document) }, nowMs };
    const { fields } = document.value;
    const parts = [
      ...partsOf(fields, 'sslcertificates', 'Listener certificate', 'publiccertdata'),
      ...partsOf(fields, 'trustedrootcertificates', 'Trusted root', 'data'),
      ...partsOf(fields, 'authenticationcertificates', 'Backend certificate', 'data'),
      ...partsOf(fields, 'trustedclientcertificates', 'Trusted client root', 'data'),
    ];
    const value = await Promise.all(parts.map((part) => readCertificate(port, gateway.subscription, part)));
    return { certificates: { state: 'read', value }, nowMs };
  },
  judge,
} satisfies Check<GatewayInScope, Found>;

interface Part {
  readonly what: string;
  readonly name: string;
  readonly data?: string;
  readonly secretUrl?: string;
}

/** A gateway takes 100 listener certificates, and 100 roots. */
const MAX_PARTS = 200;

function partsOf(fields: Fields, kind: string, what: string, dataField: string): readonly Part[] {
  return listOf(fields.get(kind))
    .slice(0, MAX_PARTS)
    .map(flatFieldsOf)
    .map((part) => {
      // A certificate's data is longer than any other text, and is only handed on to be read.
      const data = part.get(dataField);
      const secretUrl = textOf(part.get('keyvaultsecretid'));
      return {
        what,
        name: textOf(part.get('name')) ?? 'without a name',
        ...(typeof data === 'string' && data !== '' ? { data } : {}),
        ...(secretUrl === undefined ? {} : { secretUrl }),
      };
    });
}

async function readCertificate(port: DoctorPort, subscription: string, part: Part): Promise<Certificate> {
  const { what, name, data, secretUrl } = part;
  if (secretUrl !== undefined) {
    const [, vault, secret, version] =
      /^https:\/\/([a-z0-9-]{1,60})\.[a-z0-9.-]+\/secrets\/([A-Za-z0-9-]{1,127})(?:\/([^/]+))?\/?$/i.exec(secretUrl) ??
      [];
    const common = { what, name, secretUrl, isVersioned: version !== undefined };
    if (vault === undefined || secret === undefined)
      return { ...common, ends: { state: 'unread', reason: 'its address is not that of a secret' } };
    return { ...common, ...(await readSecret(port, subscription, vault, secret)) };
  }
  const ends = data === undefined ? undefined : port.certificateEnd(data);
  return {
    what,
    name,
    ends: ends
      ? { state: 'read', value: ends.getTime() }
      : { state: 'unread', reason: data === undefined ? 'the gateway does not show it' : 'its data is no certificate' },
  };
}

/** Attributes of a secret, through Resource Manager, which never shows its value. */
async function readSecret(
  port: DoctorPort,
  subscription: string,
  vault: string,
  secret: string,
): Promise<Pick<Certificate, 'ends' | 'isSwitchedOff'>> {
  const vaults = await port.list(
    `/subscriptions/${subscription}/providers/Microsoft.KeyVault/vaults?api-version=2023-07-01`,
  );
  if (vaults.state !== 'read')
    return { ends: { state: 'unread', reason: vaults.state === 'unread' ? vaults.reason : 'there are no vaults' } };
  const id = vaults.value
    .map(fieldsOf)
    .find((fields) => textOf(fields.get('name'))?.toLowerCase() === vault.toLowerCase())
    ?.get('id');
  if (typeof id !== 'string')
    return { ends: { state: 'unread', reason: `vault ${vault} is not in the subscription of the gateway` } };
  const answer = await port.get(`${encodeURI(id)}/secrets/${encodeURIComponent(secret)}?api-version=2023-07-01`);
  if (answer.state !== 'read') return { ends: answer };
  const attributes = fieldsOf(flatFieldsOf(answer.value).get('attributes'));
  const seconds = numberOf(attributes.get('exp'));
  return {
    isSwitchedOff: booleanOf(attributes.get('enabled')) === false,
    ends:
      seconds === undefined
        ? { state: 'unread', reason: 'the vault keeps no end for it' }
        : { state: 'read', value: seconds * 1000 },
  };
}

function judge({ certificates: read, nowMs }: Found): readonly Finding[] {
  if (read.state !== 'read')
    return [
      { state: 'unknown', says: `Certificates could not be read: ${read.state === 'unread' ? read.reason : 'none'}.` },
    ];
  const judged = read.value.map((certificate) => judgeOne(certificate, nowMs));
  const good = judged.filter((findings) => findings.length === 0).length;
  return [
    ...(good > 0
      ? [
          {
            state: 'ok' as const,
            says: `${counted(good, 'certificate')} of ${judged.length} will not end within ${SOON_DAYS} days.`,
          },
        ]
      : []),
    ...judged.flat(),
  ];
}

function judgeOne({ what, name, secretUrl, isVersioned, isSwitchedOff, ends }: Certificate, nowMs: number): Finding[] {
  const it = `${what} ${name}`;
  const show =
    secretUrl === undefined
      ? undefined
      : command('az', 'keyvault', 'secret', 'show', '--id', secretUrl, '--query', 'attributes.expires', '-o', 'tsv');
  const renew = {
    text:
      secretUrl === undefined
        ? 'Upload its successor to the gateway under the same name.'
        : 'Renew it in the vault; the gateway looks there every four hours.',
  };
  const pinned: Finding[] = isVersioned
    ? [
        {
          state: 'warn',
          says: `${it} names one version of its secret: the gateway will not take up a renewed one.`,
          mend: { text: 'Name the secret without its version.' },
        },
      ]
    : [];
  if (isSwitchedOff)
    return [
      { state: 'fail', says: `The secret of ${it.toLowerCase()} is switched off in its vault.`, mend: { ...renew } },
    ];
  if (ends.state === 'absent')
    return [{ state: 'fail', says: `The secret of ${it.toLowerCase()} is not in its vault any more.`, mend: renew }];
  if (ends.state === 'unread') {
    const says = `When ${it.toLowerCase()} ends could not be read: ${ends.reason}.`;
    return [...pinned, { state: 'unknown', says, ...(show ? { mend: { command: show } } : {}) }];
  }
  const days = Math.floor((ends.value - nowMs) / DAY_MS);
  const on = isWithinDates(ends.value) ? new Date(ends.value).toISOString().slice(0, 10) : 'a date that is none';
  if (ends.value <= nowMs) return [...pinned, { state: 'fail', says: `${it} has expired (${on}).`, mend: renew }];
  if (days >= SOON_DAYS) return pinned;
  return [...pinned, { state: 'warn', says: `${it} ends in ${counted(days, 'day')} (${on}).`, mend: renew }];
}

/** What a Date can hold, in milliseconds. */
function isWithinDates(ms: number): boolean {
  return Math.abs(ms) <= 8.64e15;
}
