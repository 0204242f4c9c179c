import { azPart } from '../../core/az.ts';
import { isV1 } from '../../core/gateway.ts';
import { type AuditReadings, type Check, found, type Judgement } from '../check.ts';
import { citeGateway, scopeIn, usedSettings, withGateway } from '../in-use.ts';

export const connectionDraining = {
  id: 'connection-draining',
  title: 'Connection draining is off',
  costsUpTo: 'hygiene',
  prevents: ['backend-recycling', 'ingress-controller-lag'],
  reads: ['gateway'],
  meaning:
    'When a member is taken out of a pool by an update, requests under way have 30 s to end. With connection draining that ' +
    'time is yours to set, so that a rollout does not cut off what takes longer.',
  blindSpots: ['A member that fails its probe is not drained, whatever is set.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, (gateway) =>
    found(
      ...usedSettings(readings)
        .filter(({ protocol }) => !/^(tcp|tls)$/i.test(protocol ?? ''))
        // The service shows nothing, or null, where draining was never switched on.
        .filter(({ connectionDrainingEnabled }) => connectionDrainingEnabled !== true && !isV1(gateway))
        .map(({ name, connectionDrainingEnabled }) => {
          const update = (value: string) =>
            azPart(readings, ['http-settings', 'update'], '--name', name, '--connection-draining-timeout', value);
          return {
            cost: 'hygiene' as const,
            nearness: 'someday' as const,
            scope: scopeIn(readings, { setting: name }),
            says: `Backend setting ${name} does not drain connections when a member leaves the pool.`,
            because: [
              connectionDrainingEnabled === false
                ? citeGateway('"connectionDraining": {"enabled": false}', `This is in backend setting ${name}.`)
                : citeGateway(`no "connectionDraining" in backend setting ${name}`, 'It was never switched on.'),
            ],
            fix: [
              {
                text: 'Switch it on with a little more than the longest request takes, in seconds.',
                command: update('60'),
                undo: update('0'),
              },
            ],
          };
        }),
    ),
  );
}
