import { command } from '../../core/shell.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { gatewayNetworkRead } from '../../reasoning/gateway-network.ts';
import {
  askedFor,
  citeZone,
  privateDnsRead,
  privateEndpointsFor,
  standingOfName,
} from '../../reasoning/private-names.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement, notJudged, together } from '../check.ts';
import { citeGateway, costOfPool, scopeIn, usedPools, withGateway } from '../in-use.ts';

export const memberNames = {
  id: 'member-names',
  title: 'A member is a name that the DNS of the gateway leads astray',
  costsUpTo: 'outage',
  prevents: ['unresolved-backend-name', 'backend-name-wrong-address'],
  reads: ['gateway', 'virtual-network', 'private-dns'],
  meaning:
    'The gateway keeps the last address of a name for as long as it can, so a record or a link that is gone goes unnoticed ' +
    'until the next write to the gateway clears its memory. Then the name leads nowhere, or past its private endpoint.',
  blindSpots: [
    'DNS servers of one’s own are not asked; where the network has some, names are not judged.',
    'Public names are left to public DNS.',
  ],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () =>
    together(
      usedPools(readings).flatMap(({ name: pool, addresses }) =>
        addresses
          .filter((address) => !isIpAddress(address))
          .map((name) => judgeName(readings, pool, name, addresses.length)),
      ),
    ),
  );
}

function judgeName(readings: AuditReadings, pool: string, name: string, count: number): Judgement {
  const asked = askedFor(readings, name);
  if (!asked) return notJudged(gatewayNetworkRead(readings));
  if (!asked.isAzure) return found();
  if (readings.privateDns === undefined && !wasEmpty(readings)) return notJudged(privateDnsRead(name));
  const standing = standingOfName(readings, name);
  if (!standing || standing.kind === 'recorded') return found();
  const base = {
    cost: count === 1 ? costOfPool(readings, pool) : ('requests' as const),
    scope: scopeIn(readings, { pool, members: [name] }),
  };
  const cited = [
    citeGateway(`"fqdn": "${name}"`, `${name} is a member of ${pool}.`),
    citeZone(standing, name),
    asked.citation,
  ];
  const { zone } = standing;
  const [, zoneGroup = '<resource-group of the zone>'] = /\/resourcegroups\/([^/]+)/i.exec(zone.id ?? '') ?? [];
  if (standing.kind === 'no-record') {
    const finding: Finding = {
      ...base,
      nearness: 'soon',
      says: `${name} has no record in the private zone that decides about it, so it is lost with the next write to the gateway.`,
      because: cited,
      fix: [
        {
          text: 'Put the record back, best by the zone group of the private endpoint, which keeps it.',
          command: command(
            ...['az', 'network', 'private-dns', 'record-set', 'a', 'add-record', '--resource-group', zoneGroup],
            ...['--zone-name', zone.name, '--record-set-name', '<name in the zone>', '--ipv4-address', '<address>'],
          ),
          undo: command(
            ...['az', 'network', 'private-dns', 'record-set', 'a', 'remove-record', '--resource-group', zoneGroup],
            ...['--zone-name', zone.name, '--record-set-name', '<name in the zone>', '--ipv4-address', '<address>'],
          ),
        },
      ],
    };
    return found(finding);
  }
  // A zone that is not linked here may be meant for others; only an endpoint made for this very name speaks for it.
  if (!standing.isPrivateLink || privateEndpointsFor(readings, name).length === 0) return found();
  const network = readings.gateway?.subnetIds[0]?.replace(/\/subnets\/[^/]*$/i, '') ?? '<id of the network>';
  const link = (verb: string, ...options: readonly string[]) =>
    command(
      ...['az', 'network', 'private-dns', 'link', 'vnet', verb, '--resource-group', zoneGroup],
      ...['--zone-name', zone.name, '--name', 'link-gateway', ...options],
    );
  return found({
    ...base,
    nearness: 'someday',
    says: `${name} has a private endpoint, and its zone is not linked to the network of the gateway, which goes to the public address.`,
    because: cited,
    fix: [
      {
        text: 'Link the zone to the network of the gateway.',
        command: link('create', '--virtual-network', network, '--registration-enabled', 'false'),
        undo: link('delete', '--yes'),
      },
      { text: 'The gateway takes the new address over with its next write.' },
    ],
  });
}

function wasEmpty({ evidence }: AuditReadings): boolean {
  return evidence.some(({ name, state }) => name === 'private-dns' && (state === 'empty' || state === 'skipped'));
}
