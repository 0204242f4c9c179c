import { describe, expect, test } from '@jest/globals';
import { fieldsOf } from '../json.ts';
import { actorOf } from './actor.ts';
import { activityLog } from './index.ts';
import { redactEvent } from './redact.ts';

const UPN = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn';
const base = {
  operationName: { value: 'Microsoft.Network/virtualNetworks/write' },
  eventTimestamp: '2026-09-14T02:00:00Z',
  category: { value: 'Administrative' },
};

describe('redactEvent', () => {
  test.each([
    [{ caller: 'mia@contoso.example' }, 'person'],
    [{ claims: { [UPN]: 'mia@contoso.example' } }, 'person'],
    [{ caller: '11111111-2222-4333-8444-555555555555', claims: { idtyp: 'app', appid: 'x' } }, 'application'],
    [{ caller: '11111111-2222-4333-8444-555555555555' }, 'application'],
    [{ caller: 'Microsoft.Insights/autoscaleSettings' }, 'platform'],
    [{}, undefined],
    [{ caller: '11111111-2222-4333-8444-555555555555', claims: { idtyp: 'user' } }, 'person'],
  ] as const)('%j stays a %s', (who, actor) => {
    const redacted = redactEvent({ ...base, ...who });
    expect(actorOf(fieldsOf(redacted))).toBe(actor);
    expect(activityLog.read([{ value: [redacted] }]).reading.activity?.[0]?.actor).toBe(actor);
  });

  test.each([
    [{ caller: 'mia@contoso.example', claims: { name: 'Mia', ipaddr: '203.0.113.9' } }, 'mia@contoso.example'],
    [{ claims: { [UPN]: 'mia@contoso.example' } }, 'mia@contoso.example'],
    [{ caller: '11111111-2222-4333-8444-555555555555', claims: { idtyp: 'user' } }, undefined],
  ])('%j is called %s, and nothing else of the token is kept', (who, caller) => {
    const redacted = redactEvent({ ...base, ...who });
    expect(activityLog.read([{ value: [redacted] }]).reading.activity?.[0]?.caller).toBe(caller);
    expect(JSON.stringify(redacted)).not.toMatch(/Mia|203|claims|1111/);
  });

  test('nothing is kept that could name a caller, hold a body or a secret', () => {
    const redacted = redactEvent({
      ...base,
      authorization: { evidence: { principalId: 'p-1' } },
      httpRequest: { clientIpAddress: '203.0.113.9' },
      description: 'asked for by mia',
      tenantId: 't-1',
      somethingNew: 'mia',
      properties: { requestbody: '{"password":"x"}', responseBody: 'mia', statusCode: 'Conflict' },
    });
    expect(redacted).toEqual({ ...base, properties: { statusCode: 'Conflict' } });
  });

  test('the error of a failed operation stays readable, without who asked', () => {
    const message =
      "The client 'mia@contoso.example' with object id '11111111-2222-4333-8444-555555555555' may not do this from 'https://x.example/a?sig=abc'.";
    const error = { code: 'AuthorizationFailed', message, details: [{ code: 'A', message: 'mia@contoso.example' }] };
    const redacted = redactEvent({
      ...base,
      status: { value: 'Failed' },
      properties: { statusMessage: JSON.stringify({ error }) },
    });
    expect(JSON.stringify(redacted)).not.toMatch(/mia|contoso|11111111|sig=/);
    expect(activityLog.read([{ value: [redacted] }]).reading.activity?.[0]).toMatchObject({
      status: 'Failed',
      errorCode: 'AuthorizationFailed',
      errorMessage: expect.stringMatching(/^The client '<caller>' with object id '<id>' may not do this/),
    });
  });

  test.each([null, undefined, 'mia', 3, [['mia']]])('%j is dropped', (event) => {
    expect(redactEvent(event)).toBeUndefined();
  });

  test('texts nested beyond reason do not come back', () => {
    let text = '"mia@contoso.example"';
    for (let depth = 0; depth < 12; depth++) text = JSON.stringify([text]);
    const redacted = redactEvent({ ...base, properties: { statusMessage: text } });
    expect(JSON.stringify(redacted)).not.toContain('mia');
  });
});
