import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { compile, findCompiler } from '../scripts/bicep.ts';
import { generatedInfra, NOT_DEPLOYED, roleActions, SET_BY_TEMPLATE } from '../scripts/generate-infra.ts';
import type { Criterion } from '../src/doctor/alert-rules.ts';
import { judgeCriterion } from '../src/doctor/metric-criterion.ts';
import { settingDeclarations } from '../src/platform/settings.ts';
import { targetsNamed } from '../src/signals/dimensions.ts';
import { isFields, objectsIn, resourcesIn, type Template } from './arm-template.ts';
import { problemsOf, RULES } from './infra-checks.ts';

const root = join(import.meta.dirname, '..');
const compiler = await findCompiler();
const reason = 'missing' in compiler ? compiler.missing : '';
/** In CI there has to be a compiler: a template that was not compiled there was never checked. */
const isSkipped = reason !== '' && !process.env.CI;
if (isSkipped) process.stdout.write(`The templates are not checked. ${reason}\n`);

test('the templates can be compiled here', () => {
  expect(isSkipped ? '' : reason).toBe('');
});

describe('what the templates take from the code', () => {
  test.each(['infra/role-actions.json', 'infra/settings.bicep'])('%s is as the code says it', async (path) => {
    // `node scripts/generate-infra.ts` writes it anew.
    expect(readFileSync(join(root, path), 'utf8')).toBe((await generatedInfra()).get(path));
  });

  test('every action has a full name, and none a star', async () => {
    const { gateways, logs, subscription } = await roleActions();
    expect(gateways.length).toBeGreaterThan(20);
    expect(logs.length).toBeGreaterThan(0);
    for (const action of [...gateways, ...logs, ...subscription]) {
      expect(action).toMatch(/^Microsoft\.[A-Za-z]+(\/[A-Za-z]+)+\/(read|action)$/i);
    }
  });

  test('a setting is left out or set by the template only while the app declares it', () => {
    const declared = new Set(settingDeclarations.map(({ name }) => name));
    expect([...NOT_DEPLOYED.keys(), ...SET_BY_TEMPLATE].filter((name) => !declared.has(name))).toEqual([]);
  });

  test('no setting of a drill or of this machine alone can be deployed', () => {
    const open = settingDeclarations.map(({ name }) => name).filter((name) => !NOT_DEPLOYED.has(name));
    expect(open.filter((name) => /DRILL|LOCAL/.test(name))).toEqual([]);
  });
});

test('azd finds the app by the name that the template tags it with', () => {
  const services = /^services:\n {2}([\w-]+):/m.exec(readFileSync(join(root, 'azure.yaml'), 'utf8'))?.[1];
  expect(readFileSync(join(root, 'infra/modules/function-app.bicep'), 'utf8')).toContain(
    `'azd-service-name': '${services}'`,
  );
});

/** Whether a rule is about the app itself, and not about a gateway; docs/runbook.md has those. */
function isAboutUs(name: string): boolean {
  return name.includes('{0}-self-');
}

/** The conditions of the metric rules, as `doctor` reads them, for a pool of so many members. */
function metricCriteria(template: Template, pool: string, members: number): readonly Criterion[] {
  return resourcesIn(template)
    .filter(({ type }) => type === 'Microsoft.Insights/metricAlerts')
    .flatMap(({ properties, template: own }) => {
      const [condition] = objectsIn((properties.criteria as { readonly allOf: unknown }).allOf, own);
      const threshold = condition?.get('threshold');
      return {
        metric: String(condition?.get('metricName')),
        aggregation: String(condition?.get('timeAggregation')).toLowerCase(),
        operator: String(condition?.get('operator')).toLowerCase(),
        threshold: typeof threshold === 'number' ? threshold : members,
        dimensions: objectsIn(condition?.get('dimensions'), own).map((dimension) => ({
          name: String(dimension.get('name')),
          isExcluding: dimension.get('operator') !== 'Include',
          values: [dimension.get('values')].flat().map((value) => (value === '*' ? '*' : pool)),
        })),
      };
    });
}

/** Both come out of one run of the compiler. */
interface Example {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, { readonly value: unknown }>>;
  readonly warnings: readonly string[];
}

async function compileExample(file: string): Promise<Example> {
  if ('missing' in compiler) throw new Error(compiler.missing);
  const { json, warnings } = await compile(compiler.path, join(root, file));
  const { templateJson, parametersJson } = json as { readonly templateJson: string; readonly parametersJson: string };
  return { template: JSON.parse(templateJson), parameters: JSON.parse(parametersJson).parameters, warnings };
}

(isSkipped ? describe.skip : describe)('the compiled templates', () => {
  const examples = new Map<string, Example>();
  const files = [
    'infra/main.bicepparam',
    'infra/examples/one-gateway.bicepparam',
    'infra/examples/fifty-gateways.bicepparam',
  ];
  const example = (file: string): Example => {
    const found = examples.get(file);
    if (!found) throw new Error(`${file} was not compiled`);
    return found;
  };
  let template: Template;

  beforeAll(async () => {
    for (const file of files) examples.set(file, await compileExample(file));
    ({ template } = example('infra/main.bicepparam'));
  }, 300_000);

  test.each(files)('%s compiles without a warning', (file) => {
    expect(example(file).warnings).toEqual([]);
  });

  test('nothing is exposed, shown, granted or set by accident, and every rule tells somebody', () => {
    expect(problemsOf(template)).toEqual([]);
  });

  test('the custom role has exactly the actions that the code declares', async () => {
    expect(template.variables?.['$fxv#0']).toEqual(await roleActions());
    for (const [role, list] of [
      ['readerRole', 'gateways'],
      ['logRole', 'logs'],
      ['alertListRole', 'subscription'],
    ] as const) {
      expect(JSON.stringify(template.resources[role as keyof Template['resources']])).toContain(
        `"actions":{"value":"[variables('roleActions').${list}]"}`,
      );
    }
  });

  test('a key is asked for in one place alone, and goes into the webhook', () => {
    const keys = JSON.stringify(template).match(/list(Keys|Secrets|AccountSas)\(/gi) ?? [];
    const [group] = resourcesIn(template).filter(({ type }) => type === 'Microsoft.Insights/actionGroups');
    expect(keys).toHaveLength(1);
    expect(group?.properties.webhookReceivers).toMatch(/'serviceUri', format\([^)]*listKeys\(|listKeys\(/);
  });

  test('what templates set cannot be overruled by what is handed in', () => {
    const [config] = resourcesIn(template).filter(({ name }) => name.includes('appsettings'));
    expect(config?.all.properties).toMatch(
      /parameters\('settings'\), variables\('secrets'\), createObject\('AzureWebJobsStorage__/,
    );
  });

  test('each gateway gets a rule of every kind', () => {
    const names = resourcesIn(template)
      .filter(({ type, name }) => RULES.includes(type) && !isAboutUs(name))
      .map(({ name }) => /\{0\}-([a-z-]+)/.exec(name)?.[1])
      .sort();
    expect(names).toEqual([
      'bad-gateways',
      'failed-requests',
      'fewer-members-',
      'no-data',
      'no-healthy-member',
      'resource-health',
      'unhealthy-member',
    ]);
  });

  test('the door understands the dimensions that the rules are split by', () => {
    const dimensions = resourcesIn(template)
      .filter(({ type }) => RULES.includes(type))
      .flatMap(({ properties }) => [...JSON.stringify(properties).matchAll(/\{"name":"(\w+)","operator":"Include"/g)])
      .map(([, name = '']) => name);
    expect(new Set(dimensions)).toEqual(new Set(['BackendSettingsPool', 'BackendPoolName', 'BackendSettingName']));
    expect(targetsNamed([{ BackendSettingsPool: 'shop~https' }])).toEqual([{ pool: 'shop', setting: 'https' }]);
    expect(targetsNamed([{ BackendPoolName: 'shop', BackendSettingName: 'https' }])).toEqual([
      { pool: 'shop', setting: 'https' },
    ]);
  });

  test('rules about the app tell its owners, by a group that does not lead back to it', () => {
    const deployment = (name: string) =>
      Object.values(template.resources).find((each) => isFields(each) && each.name === name);
    const told = JSON.stringify(deployment('self-alerts'));
    expect(told).toMatch(/"actionGroupId":\{"value":"\[reference\('owners'\)\.outputs\.id\.value\]"\}/);
    const owners = JSON.stringify(deployment('owners'));
    expect(owners).toContain('"name":"emailReceivers"');
    expect(owners).not.toMatch(/webhookReceivers|eventHubReceivers|azureFunctionReceivers/);
  });

  test('docs/alerts.md explains every rule', () => {
    const docs = readFileSync(join(root, 'docs/alerts.md'), 'utf8');
    const rules = resourcesIn(template).flatMap(({ type, name }) =>
      RULES.includes(type) && !isAboutUs(name) ? [/\{0\}-([a-z-]*[a-z])/.exec(name)?.[1] ?? name] : [],
    );
    expect(rules.filter((rule) => !docs.includes(`\`${rule}\``))).toEqual([]);
  });

  test('doctor, which judges the rules of others, finds that each of these can fire', () => {
    const targets = [
      { name: 'shop~https', members: 3 },
      { name: 'api~https', members: 2 },
    ];
    const judged = metricCriteria(template, 'shop~https', 3).map((criterion) => [
      criterion.metric,
      judgeCriterion(criterion, targets),
    ]);
    expect(judged).toEqual([
      ['HealthyHostCount', { can: 'fire' }],
      ['HealthyHostCount', { can: 'fire' }],
      ['UnhealthyHostCount', { can: 'fire' }],
    ]);
  });

  test('rules that read the access log read both of its tables', () => {
    const [rule] = resourcesIn(template).filter(({ name }) => name.includes('bad-gateways'));
    const query = JSON.stringify(rule?.template.variables);
    for (const table of ['AGWAccessLogs', 'AzureDiagnostics']) expect(query).toContain(table);
  });

  test.each([
    ['infra/main.bicepparam', 0],
    ['infra/examples/one-gateway.bicepparam', 1],
    ['infra/examples/fifty-gateways.bicepparam', 50],
  ])('%s names %i gateways, each once', (file, count) => {
    const gateways = example(file).parameters.gateways?.value as readonly { readonly id: string }[];
    expect(new Set(gateways.map(({ id }) => id)).size).toBe(count);
    expect(gateways).toHaveLength(count);
    for (const { id } of gateways)
      expect(id).toMatch(
        /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Network\/applicationGateways\/[^/]+$/,
      );
  });

  test('no example holds a secret', () => {
    const secret = new Set(settingDeclarations.filter(({ isSecret }) => isSecret).map(({ name }) => name));
    for (const file of files) {
      const settings = example(file).parameters.settings?.value ?? {};
      expect(Object.keys(settings).filter((name) => secret.has(name))).toEqual([]);
    }
  });

  describe('the checks see what they are for', () => {
    const replaced = (from: string | RegExp, to: string): Template => {
      const before = JSON.stringify(template);
      const after = before.replace(from, to);
      if (after === before) throw new Error('nothing was changed');
      return JSON.parse(after);
    };

    test.each([
      ['a key', '"allowSharedKeyAccess":false', '"allowSharedKeyAccess":true', /allowSharedKeyAccess/],
      ['public blobs', '"allowBlobPublicAccess":false', '"allowBlobPublicAccess":true', /allowBlobPublicAccess/],
      ['a public container', '"publicAccess":"None"', '"publicAccess":"Blob"', /publicAccess is not None/],
      ['old TLS', '"minimumTlsVersion":"TLS1_2"', '"minimumTlsVersion":"TLS1_0"', /minimumTlsVersion/],
      ['plain HTTP', '"httpsOnly":true', '"httpsOnly":false', /httpsOnly/],
      ['FTP', '"ftpsState":"Disabled"', '"ftpsState":"AllAllowed"', /FTP/],
      ['a password for deployments', '"allow":false', '"allow":true', /allow is not false/],
      ['local authentication', /"disableLocalAuth":"\[not[^"]+"/, '"disableLocalAuth":false', /disableLocalAuth/],
      ['an unsaid way in', '"publicNetworkAccess":"Enabled","keyVault', '"keyVault', /publicNetworkAccess is not said/],
      ['telemetry with a key', '"DisableLocalAuth":true', '"DisableLocalAuth":false', /DisableLocalAuth/],
      ['a star', '"Microsoft.Insights/metrics/read"', '"Microsoft.Insights/*/read"', /star/],
      ['a role with more', '"notActions":[],"dataActions":[]', '"notActions":[],"dataActions":["*"]', /holds more/],
      [
        'a built-in role',
        '43d0d8ad-25c7-4714-9337-8ba259a9fe05',
        '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
        /without a reason/,
      ],
      [
        'a secret in an output',
        '"outputs":{',
        '"outputs":{"x":{"type":"string","value":"[listKeys(\'a\',\'b\').x]"},',
        /output x/,
      ],
      [
        'a rule that tells nobody',
        '"actions":[{"actionGroupId":"[parameters(\'actionGroupId\')]"}]',
        '"actions":[]',
        /tells nobody/,
      ],
      ['a rule that is off', '"severity":0,"enabled":true', '"severity":0,"enabled":false', /switched on/],
      ['a rule without an end', '"autoMitigate":true', '"autoMitigate":false', /never resolves/],
      ['an average', '"timeAggregation":"Minimum"', '"timeAggregation":"Average"', /average of members/],
      [
        'pools in one',
        '"eachPool":[{"name":"BackendSettingsPool"',
        '"eachPool":[{"name":"Listener"',
        /mixes the pools/,
      ],
      [
        'an older alert schema',
        "'useCommonAlertSchema', true()",
        "'useCommonAlertSchema', false()",
        /common alert schema/,
      ],
      ['logs in the old table', '"logAnalyticsDestinationType":"Dedicated",', '', /AzureDiagnostics/],
      ['a misspelt setting', "'AZURE_CLIENT_ID'", "'AZURE_CLIENT_IDS'", /nobody knows the setting AZURE_CLIENT_IDS/],
      ['a setting that nobody can set', '"LOOKBACK_MINUTES":', '"LOOKBACK":', /LOOKBACK_MINUTES cannot be deployed/],
      [
        'a connection string',
        "'AzureWebJobsStorage__accountName'",
        "'AzureWebJobsStorage'",
        /AzureWebJobsStorage must not/,
      ],
    ])('%s', (_, from, to, problem) => {
      expect(problemsOf(replaced(from, to)).join('\n')).toMatch(problem);
    });
  });
});
