import { describe, expect, test } from '@jest/globals';
import { activityLog } from './index.ts';

const NSG = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg-a';
const WRITE = 'Microsoft.Network/networkSecurityGroups/securityRules/write';
const event = {
  caller: 'someone@contoso.com',
  claims: { name: 'Some One', appid: 'c44b4083-3bb0-49c1-b47d-974e53cbdf3c' },
  category: { value: 'Administrative', localizedValue: 'Administrative' },
  correlationId: 'c1',
  eventTimestamp: '2026-09-14T01:58:03.1234567Z',
  eventDataId: 'e1',
  id: `${NSG}/events/e1/ticks/1`,
  operationName: { value: WRITE, localizedValue: 'Create or update a security rule' },
  properties: { statusCode: 'Created', eventCategory: 'Administrative' },
  resourceId: `${NSG}/securityRules/deny-all`,
  status: { value: 'Succeeded', localizedValue: 'Succeeded' },
  subStatus: { value: 'Created', localizedValue: 'Created' },
};
const record = {
  time: '2026-09-14T01:58:03.1234567Z',
  resourceId: NSG.toUpperCase(),
  operationName: WRITE.toUpperCase(),
  category: 'Administrative',
  resultType: 'Success',
  resultSignature: 'Succeeded.Created',
  callerIpAddress: '203.0.113.10',
  correlationId: 'c1',
  identity: { claims: { 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'someone@contoso.com' } },
  properties: { statusCode: 'Created' },
};
const read = (...documents: unknown[]) => activityLog.read(documents);
const only = (document: unknown) => read(document).reading.activity?.[0];

test('an entry is read with who did it, and without the claims', () => {
  const result = read([event]);
  expect(result).toEqual({
    state: 'ok',
    reading: {
      activity: [
        {
          at: '2026-09-14T01:58:03.123Z',
          operation: WRITE,
          status: 'Succeeded',
          resourceId: `${NSG}/securityRules/deny-all`,
          actor: 'person',
          caller: 'someone@contoso.com',
          category: 'Administrative',
          correlationId: 'c1',
        },
      ],
    },
  });
  expect(JSON.stringify(result)).not.toMatch(/Some One|c44b4083/);
});

test.each([
  ['a page', { value: [event] }],
  ['pages', [{ value: [event] }]],
  ['one entry', event],
  ['plain texts', { ...event, operationName: WRITE, status: 'Succeeded', category: 'Administrative' }],
])('%s is the same', (_name, document) => {
  expect(activityLog.recognise(document)).toBe(true);
  expect(read(document)).toEqual(read([event]));
});

test('an entry that was projected to a few fields is read', () => {
  const few = { eventTimestamp: event.eventTimestamp, operationName: event.operationName, caller: event.caller };
  expect(activityLog.recognise([few])).toBe(true);
  expect(only([few])).toEqual({
    at: '2026-09-14T01:58:03.123Z',
    operation: WRITE,
    actor: 'person',
    caller: event.caller,
  });
});

test('records of an event hub are read, and the address of the caller is not kept', () => {
  expect(activityLog.recognise({ records: [record] })).toBe(true);
  const result = read({ records: [record] });
  expect(result.reading.activity).toEqual([
    {
      at: '2026-09-14T01:58:03.123Z',
      operation: WRITE.toUpperCase(),
      status: 'Succeeded',
      resourceId: NSG.toUpperCase(),
      actor: 'person',
      caller: 'someone@contoso.com',
      category: 'Administrative',
      correlationId: 'c1',
    },
  ]);
  expect(JSON.stringify(result)).not.toContain('203.0.113.10');
});

test('rows of Log Analytics are read', () => {
  const row = {
    TimeGenerated: '2026-09-14T01:58:03Z',
    OperationName: 'Create or update a security rule',
    OperationNameValue: WRITE,
    ActivityStatusValue: 'Failure',
    CategoryValue: 'Administrative',
    Caller: '11111111-2222-3333-4444-555555555555',
    _ResourceId: NSG,
    Properties: JSON.stringify({ statusMessage: JSON.stringify({ error: { code: 'Conflict', message: 'Busy.' } }) }),
  };
  expect(activityLog.recognise([row])).toBe(true);
  expect(only([row])).toEqual({
    at: '2026-09-14T01:58:03.000Z',
    operation: WRITE,
    status: 'Failed',
    resourceId: NSG,
    actor: 'application',
    caller: '11111111-2222-3333-4444-555555555555',
    category: 'Administrative',
    errorCode: 'Conflict',
    errorMessage: 'Busy.',
  });
});

test.each([
  ['Start', 'Started'],
  ['Accept', 'Accepted'],
  ['Success', 'Succeeded'],
  ['Failure', 'Failed'],
  ['Failed', 'Failed'],
  ['Active', 'Active'],
  ['toString', 'toString'],
])('the outcome %s is %s', (resultType, expected) => {
  expect(only({ records: [{ ...record, resultType }] })?.status).toBe(expected);
});

describe('who did it', () => {
  const GUID = '11111111-2222-3333-4444-555555555555';
  test.each([
    ['someone@contoso.com', {}, 'person'],
    ['live.com#someone@example.com', {}, 'person'],
    [GUID, {}, 'application'],
    [GUID, { appid: GUID, idtyp: 'app' }, 'application'],
    [GUID, { appid: GUID, idtyp: 'user' }, 'person'],
    [GUID, { appid: GUID, 'http://schemas.microsoft.com/identity/claims/scope': 'user_impersonation' }, 'person'],
    [undefined, { appid: GUID }, 'application'],
    ['Microsoft.Insights/autoscaleSettings', {}, 'platform'],
    ['Azure Traffic Manager', {}, undefined],
    [undefined, undefined, undefined],
  ])('%s with claims %j is %s', (caller, claims, expected) => {
    expect(only([{ ...event, caller, claims }])?.actor).toBe(expected);
  });

  const UPN = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn';
  test.each([
    ['someone@contoso.com', {}, 'someone@contoso.com'],
    [GUID, {}, GUID],
    [GUID, { idtyp: 'user', [UPN]: 'someone@contoso.com' }, 'someone@contoso.com'],
    [GUID, { idtyp: 'app', name: 'not@a.name' }, GUID],
    [undefined, { [UPN]: 'someone@contoso.com' }, 'someone@contoso.com'],
    [undefined, { appid: GUID }, GUID],
    ['person@redacted', {}, undefined],
    [`${'x'.repeat(200)}@contoso.com`, {}, 'x'.repeat(120)],
    [undefined, undefined, undefined],
  ])('%s with claims %j is called %s', (caller, claims, expected) => {
    expect(only([{ ...event, caller, claims }])?.caller).toBe(expected);
  });
});

describe('a failure', () => {
  const failed = (statusMessage: unknown) => ({ ...event, status: { value: 'Failed' }, properties: { statusMessage } });

  test('is told by the error in its status', () => {
    const status = {
      error: { code: 'LinkedAuthorizationFailed', message: 'It may not join the subnet.', details: [] },
    };
    const expected = { errorCode: 'LinkedAuthorizationFailed', errorMessage: 'It may not join the subnet.' };
    expect(only([failed(JSON.stringify(status))])).toMatchObject(expected);
    expect(only([failed(status)])).toMatchObject(expected);
    expect(
      only([{ ...failed(undefined), properties: undefined, statusMessage: JSON.stringify(status) }]),
    ).toMatchObject(expected);
  });

  test('of a wrapper without words is told by its first detail', () => {
    const status = { status: 'Failed', error: { details: [{ code: 'InUse', message: 'It is in use.' }] } };
    expect(only([failed(JSON.stringify(status))])).toMatchObject({ errorCode: 'InUse', errorMessage: 'It is in use.' });
  });

  test('keeps what names the resource, and not who asked from where', () => {
    const message = [
      "The client 'someone@contoso.com' with object id '11111111-2222-3333-4444-555555555555' may not, over scope",
      "'/subscriptions/99999999-2222-3333-4444-555555555555/resourceGroups/rg'. Client address: 203.0.113.10 Caller:",
      'appid=66666666-2222-3333-4444-555555555555;iss=https://sts.windows.net/77777777-2222-3333-4444-555555555555/',
      'See https://storage.example/x?sig=secret%3D&se=1.',
    ].join(' ');
    const text = only([failed(JSON.stringify({ error: { code: 'X', message } }))])?.errorMessage ?? '';
    expect(text).not.toMatch(/someone|contoso|11111111|66666666|77777777|203\.0\.113|sig=|secret/);
    expect(text).toContain('/subscriptions/99999999-2222-3333-4444-555555555555/resourceGroups/rg');
    expect(text).toContain('https://storage.example/x');
  });

  test('has a message of at most 500 characters', () => {
    const status = JSON.stringify({ error: { code: 'X', message: 'word '.repeat(700) } });
    expect(only([failed(status)])?.errorMessage).toHaveLength(500);
  });

  test.each(['not JSON', '{"error":', '[]', JSON.stringify({ error: { code: 'two words' } }), 7, null])(
    'that says %j says nothing',
    (statusMessage) => {
      expect(only([failed(statusMessage)])).not.toHaveProperty('errorCode');
    },
  );
});

describe('the list', () => {
  test('is in order of time, and the same entry in two documents is one', () => {
    const later = { ...event, eventTimestamp: '2026-09-14T02:00:00Z' };
    const { activity } = read([later, event], { value: [event] }).reading;
    expect(activity?.map(({ at }) => at)).toEqual(['2026-09-14T01:58:03.123Z', '2026-09-14T02:00:00.000Z']);
  });

  test('keeps the newest where there are too many, and says so', () => {
    const many = Array.from({ length: 5_003 }, (_, index) => ({
      ...event,
      eventTimestamp: new Date(Date.UTC(2026, 8, 1) + index * 1_000).toISOString(),
    }));
    const { reason, reading } = read(many);
    expect(reason).toBe('the oldest 3 events were left out');
    expect(reading.activity?.length).toBe(5_000);
    expect(reading.activity?.[0]?.at).toBe('2026-09-01T00:00:03.000Z');
  });

  test('can be empty, which says that nothing was changed', () => {
    expect(read([])).toEqual({
      state: 'empty',
      reason: 'the activity log holds nothing for the time that was read',
      reading: { activity: [] },
    });
    expect(read({ error: { code: 'Throttled', message: 'x' } })).toMatchObject({ state: 'failed', reading: {} });
  });
});

test('other logs have operations and categories, too', () => {
  const others = [
    { category: 'ApplicationGatewayAccessLog', operationName: 'ApplicationGatewayAccess', time: event.eventTimestamp },
    { category: 'AuditLogs', operationName: 'Add member to group', time: event.eventTimestamp },
    { category: 'kube-audit', operationName: 'Microsoft.ContainerService/managedClusters/diagnosticLogs/Read' },
    { operationName: 'Sign-in', time: event.eventTimestamp },
    { category: { value: 'Administrative' } },
  ];
  expect(others.map((item) => activityLog.recognise({ records: [item] }))).toEqual(others.map(() => false));
  expect(read({ records: [...others, record] }).reading.activity).toHaveLength(1);
});
