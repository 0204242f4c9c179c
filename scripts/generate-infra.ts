import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evidenceKinds } from '../src/evidence/index.ts';
import { platformRights } from '../src/platform/rights.ts';
import { settingDeclarations } from '../src/platform/settings.ts';

/**
 * Writes what the templates take from the code: the actions of the custom roles and the settings that may be handed in.
 * A test compares what is written with what the code says, so that neither can drift from the other.
 */
const root = join(import.meta.dirname, '..');
const LINE_WIDTH = 120;

/** Settings that no deployment sets, each with its reason. */
export const NOT_DEPLOYED: ReadonlyMap<string, string> = new Map([
  ['FUNCTIONS_WORKER_RUNTIME', 'Flex Consumption refuses it: the runtime is part of functionAppConfig.'],
  ['AzureWebJobsStorage', 'A connection string would need a key, and the account has none.'],
  ['PROBER_DRILL', 'Only the local drill sets it; the app refuses it where Azure is asked.'],
  ['WEB_OPEN', 'It opens the pages on a machine of a developer, and has no effect in Azure.'],
  ['EventHubsConnection', 'The app signs in with its identity: EventHubsConnection__fullyQualifiedNamespace.'],
  ['EVENT_HUB_CONNECTION_STRING', 'The app signs in with its identity: EVENT_HUB_NAMESPACE.'],
]);

/** Settings that the template itself knows, so that nobody can hand in another value. */
export const SET_BY_TEMPLATE: readonly string[] = [
  'AzureWebJobsStorage__accountName',
  'AzureWebJobsStorage__endpointSuffix',
  'AZURE_CLIENT_ID',
  'AZURE_AUTHORITY_HOST',
  'ARM_ENDPOINT',
  'EventHubsConnection__fullyQualifiedNamespace',
  'ACCESS_LOG_HUB',
  'ACCESS_LOG_CONSUMER_GROUP',
  'ALERT_HUB',
  'ALERT_CONSUMER_GROUP',
];

export interface RoleActions {
  /** For the resource groups of the gateways and of what they depend on. */
  readonly gateways: readonly string[];
  /** Tables of logs, named one by one: for the gateways themselves. */
  readonly logs: readonly string[];
  /** For the subscriptions of the gateways. */
  readonly subscription: readonly string[];
}

/** Every action that the code declares, once, by where it is granted. */
export async function roleActions(): Promise<RoleActions> {
  const collectors = await Promise.all(evidenceKinds.map((kind) => kind.collector?.()));
  const declared = collectors.flatMap((collector) => collector?.rights ?? []);
  const platform = (scope: 'gateways' | 'subscription') =>
    platformRights.filter((right) => right.scope === scope).map(({ action }) => action);
  return {
    gateways: distinct([...declared.filter((action) => !isTable(action)), ...platform('gateways')]),
    logs: distinct(declared.filter(isTable)),
    subscription: distinct(platform('subscription')),
  };
}

function isTable(action: string): boolean {
  return /^Microsoft\.Insights\/logs\//i.test(action);
}

/** Azure compares actions without regard to case. */
function distinct(actions: readonly string[]): readonly string[] {
  const byLetters = new Map(actions.map((action) => [action.toLowerCase(), action]));
  return [...byLetters.values()].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
}

/** Every generated file by its path below the project. */
export async function generatedInfra(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['infra/role-actions.json', rolesFile(await roleActions())],
    ['infra/settings.bicep', settingsModule()],
  ]);
}

/** JSON as the project's formatter writes it: a list on one line where it fits there. */
function rolesFile(actions: RoleActions): string {
  const lists = Object.entries(actions).map(([name, list]: [string, readonly string[]]) => {
    const line = `  ${JSON.stringify(name)}: [${list.map((action) => JSON.stringify(action)).join(', ')}]`;
    if (line.length < LINE_WIDTH) return line;
    return `  ${JSON.stringify(name)}: [\n${list.map((action) => `    ${JSON.stringify(action)}`).join(',\n')}\n  ]`;
  });
  return `{\n${lists.join(',\n')}\n}\n`;
}

function settingsModule(): string {
  const open = settingDeclarations.filter(({ name }) => !NOT_DEPLOYED.has(name) && !SET_BY_TEMPLATE.includes(name));
  const plain = open
    .filter(({ isSecret }) => !isSecret)
    .map(({ name, description }) => `  @description(${quoted(description)})\n  ${name}: string?`);
  const secrets = open.filter(({ isSecret }) => isSecret).map(({ name }) => `  | ${quoted(name)}`);
  return [
    '// Written by scripts/generate-infra.ts from the settings that the app declares.',
    '',
    '@export()',
    "@description('Settings of the app that may be handed in. Those left out have the default that their description names.')",
    '@sealed()',
    'type plainSettings = {',
    plain.join('\n\n'),
    '}',
    '',
    '@export()',
    "@description('A setting whose value is a secret of the vault.')",
    `type secretSetting =\n${secrets.join('\n')}`,
    '',
  ].join('\n');
}

/** A Bicep string: a quote, a backslash and an interpolation have a meaning in it. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\${')}'`;
}

if (import.meta.main) {
  const files = await generatedInfra();
  for (const [path, text] of files) {
    const written = safeRead(join(root, path));
    if (written !== text) writeFileSync(join(root, path), text);
    process.stdout.write(`${path} ${written === text ? 'is as it should be' : 'written'}\n`);
  }
}

function safeRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
