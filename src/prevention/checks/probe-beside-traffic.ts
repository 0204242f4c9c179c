import { azPart } from '../../core/az.ts';
import type { BackendSetting, Probe } from '../../core/gateway.ts';
import type { FixStep } from '../../core/verdict.ts';
import { accepts } from '../../reasoning/probe-request.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement } from '../check.ts';
import { citeGateway, costOfPool, scopeIn, type UsedTarget, usedTargets, withGateway } from '../in-use.ts';

export const probeBesideTraffic = {
  id: 'probe-beside-traffic',
  title: 'A probe asks for something else than requests do',
  costsUpTo: 'outage',
  prevents: [
    'wrong-backend-port',
    'probe-path-not-served',
    'probe-status-not-accepted',
    'backend-answers-errors',
    'backend-not-listening',
    'probe-body-mismatch',
  ],
  reads: ['gateway'],
  meaning:
    'A probe that asks another port, protocol or prefix than requests go to says nothing about them: members are green ' +
    'while requests fail, or red while they would succeed. The same holds for a probe that takes server errors for health.',
  blindSpots: [
    'A separate port for health can be what somebody wants; whether it tells the truth about the other port is not seen here.',
  ],
  judge,
} satisfies Check;

interface Disagreement {
  /** Tells the findings of one target apart. */
  readonly says: string;
  readonly quotes: readonly [string, string];
  readonly fix: FixStep;
  readonly isMild?: boolean;
}

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () =>
    found(
      ...usedTargets(readings).flatMap((target): readonly Finding[] => {
        const { probe, settingConfig } = target;
        if (!probe) return [];
        const all = disagreements(readings, settingConfig, probe);
        return all.length === 0 ? [] : [findingFor(readings, target, probe, all)];
      }),
    ),
  );
}

function findingFor(
  readings: AuditReadings,
  { pool, setting }: UsedTarget,
  probe: Probe,
  all: readonly Disagreement[],
): Finding {
  const isMild = all.every((one) => one.isMild === true);
  return {
    cost: isMild ? 'hygiene' : costOfPool(readings, pool),
    nearness: 'someday',
    scope: scopeIn(readings, { pool, setting, probe: probe.name }),
    says: all.map(({ says }) => says).join(' '),
    because: all.flatMap(({ quotes: [own, other] }) => [
      citeGateway(own, `This is in probe ${probe.name}.`),
      ...(other === '' ? [] : [citeGateway(other, `This is in backend setting ${setting}.`)]),
    ]),
    fix: all.map(({ fix }) => fix),
  };
}

function disagreements(readings: AuditReadings, setting: BackendSetting, probe: Probe): readonly Disagreement[] {
  return [
    protocolOf(readings, setting, probe),
    portOf(readings, setting, probe),
    prefixOf(readings, setting, probe),
    acceptedErrors(readings, probe),
    literalStar(readings, probe),
  ].filter((one) => one !== undefined);
}

function update(readings: AuditReadings, probe: Probe, ...options: readonly string[]): string {
  return azPart(readings, ['probe', 'update'], '--name', probe.name, ...options);
}

function protocolOf(readings: AuditReadings, setting: BackendSetting, probe: Probe): Disagreement | undefined {
  const [asked, used] = [probe.protocol, setting.protocol];
  if (asked === undefined || used === undefined || asked.toLowerCase() === used.toLowerCase()) return undefined;
  // A layer 4 setting is probed with a connection, or with HTTP where somebody wants to know more.
  if (/^(tcp|tls)$/i.test(used)) return undefined;
  return {
    says: `Probe ${probe.name} asks with ${asked}, requests go with ${used}.`,
    quotes: [`"protocol": "${asked}"`, `"protocol": "${used}"`],
    fix: {
      text: `Let the probe ask with ${used}.`,
      command: update(readings, probe, '--protocol', used),
      undo: update(readings, probe, '--protocol', asked),
    },
  };
}

function portOf(readings: AuditReadings, setting: BackendSetting, probe: Probe): Disagreement | undefined {
  const [asked, used] = [probe.port, setting.port];
  if (asked === undefined || asked === 0 || used === undefined || asked === used) return undefined;
  return {
    says: `Probe ${probe.name} asks port ${asked}, requests go to port ${used}.`,
    quotes: [`"port": ${asked}`, `"port": ${used}`],
    fix: {
      text: 'Let the probe ask the port that requests go to, unless the other port answers for it.',
      command: update(readings, probe, '--port', String(used)),
      undo: update(readings, probe, '--port', String(asked)),
    },
  };
}

/** The setting puts its path before that of every request; a probe's path is its own. */
function prefixOf(readings: AuditReadings, setting: BackendSetting, probe: Probe): Disagreement | undefined {
  const prefix = setting.path?.replace(/\/+$/, '') ?? '';
  const { path } = probe;
  if (prefix === '' || path === undefined || path === prefix || path.startsWith(`${prefix}/`)) return undefined;
  const inside = `${prefix}${path.startsWith('/') ? '' : '/'}${path}`;
  return {
    says: `Probe ${probe.name} asks for ${path}, requests go below ${setting.path}.`,
    quotes: [`"path": "${path}"`, `"path": "${setting.path}"`],
    fix: {
      text: 'Let the probe ask below the prefix, where the application answers there.',
      command: update(readings, probe, '--path', inside),
      undo: update(readings, probe, '--path', path),
    },
    isMild: true,
  };
}

/** Statuses by which an application says that it cannot work. */
const SERVER_ERRORS = [500, 502, 503] as const;

function acceptedErrors(readings: AuditReadings, probe: Probe): Disagreement | undefined {
  const codes = probe.acceptedStatusCodes;
  const taken = SERVER_ERRORS.filter((status) => accepts(codes, status) === true);
  if (taken.length === 0) return undefined;
  return {
    says: `Probe ${probe.name} takes ${taken.join(', ')} for health.`,
    quotes: [`"statusCodes": ${JSON.stringify(codes.slice(0, 5))}`, ''],
    fix: {
      text: 'Accept only what a working application answers.',
      command: update(readings, probe, '--match-status-codes', '200-399'),
      undo: update(readings, probe, '--match-status-codes', ...codes),
    },
  };
}

/** The expected text is a literal: a lone asterisk matches an asterisk, and hardly any page holds one. */
function literalStar(readings: AuditReadings, probe: Probe): Disagreement | undefined {
  const { matchBody } = probe;
  if (matchBody === undefined || !/^\*+$/.test(matchBody.trim())) return undefined;
  return {
    says: `Probe ${probe.name} looks for the text ${matchBody.trim()} in the answer, which is no wildcard.`,
    quotes: [`"body": "${matchBody.trim()}"`, ''],
    fix: {
      text: 'Drop the expected text, or put a word there that a working page holds.',
      command: update(readings, probe, '--match-body', ''),
      undo: update(readings, probe, '--match-body', matchBody),
    },
    isMild: true,
  };
}
