import { createHttpHeaders, createPipelineRequest, RestError } from '@azure/core-rest-pipeline';
import { describe, expect, test } from '@jest/globals';
import { unreadableAnswer } from './raw-body.ts';
import { reasonOf } from './reasons.ts';

const URL_WITH_SIGNATURE = 'https://management.azure.com/operations/1?t=638&c=MIIH&s=c2lnbmF0dXJl&h=aGFzaA';
const CALLER = '0c421105-9e6b-4a09-bcda-fa4ddd2e70da';

function restError(status: number, body: unknown, headers: Record<string, string> = {}): RestError {
  const request = createPipelineRequest({
    url: URL_WITH_SIGNATURE,
    headers: createHttpHeaders({ authorization: 'Bearer t0ken' }),
  });
  return new RestError(`The client '${CALLER}' failed at ${URL_WITH_SIGNATURE}`, {
    statusCode: status,
    request,
    response: { status, request, headers: createHttpHeaders(headers), bodyAsText: JSON.stringify(body) },
  });
}

const FORBIDDEN = `The client '${CALLER}' with object id '${CALLER}' does not have authorization to perform action 'Microsoft.Network/applicationGateways/backendhealth/action' over scope '/subscriptions/s1' or the scope is invalid.`;

describe('reasonOf', () => {
  test.each([
    [
      restError(403, { error: { code: 'AuthorizationFailed', message: FORBIDDEN } }),
      '403 AuthorizationFailed: the identity lacks Microsoft.Network/applicationGateways/backendhealth/action',
    ],
    [
      restError(403, { code: 'AuthorizationFailed', message: FORBIDDEN }),
      '403 AuthorizationFailed: the identity lacks Microsoft.Network/applicationGateways/backendhealth/action',
    ],
    [
      restError(403, { error: { code: 'InsufficientAccessError' } }),
      '403 InsufficientAccessError: the identity may not read this',
    ],
    [restError(403, 'a page of a proxy'), '403: the identity may not read this'],
    [restError(429, { Code: '429', Message: 'x' }), '429: throttled'],
    [
      restError(429, { error: { code: 'TooManyRequests' } }, { 'retry-after': '17' }),
      '429 TooManyRequests: throttled, to be tried again after 17 s',
    ],
    [restError(429, {}, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }), '429: throttled'],
    [
      restError(409, { error: { code: 'ScopeLocked' } }),
      '409 ScopeLocked: a lock on the gateway, or a disabled subscription, forbids this read',
    ],
    [
      restError(404, { error: { code: 'ResourceNotFound' } }),
      '404 ResourceNotFound: the service does not know this gateway, or holds nothing on it',
    ],
    [
      restError(401, { error: { code: 'InvalidAuthenticationToken' } }),
      '401 InvalidAuthenticationToken: the sign-in was not accepted',
    ],
    [
      restError(400, { error: { code: 'BadArgumentError' } }),
      '400 BadArgumentError: the service did not accept the request',
    ],
    [restError(500, { error: { code: 'Internal Server <b>Error</b>' } }), '500: the service failed'],
    [restError(504, null), '504: the service did not answer in time'],
    [new RestError('x', { code: 'ECONNREFUSED' }), 'no connection to the service (ECONNREFUSED)'],
    [
      new RestError('x', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
      'no connection: the certificate of the endpoint is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    ],
    [
      new RestError('x - {"value":', { code: 'PARSE_ERROR', statusCode: 200 }),
      'the service answered with something that is not JSON',
    ],
    [unreadableAnswer('the service answered without a body'), 'the service answered without a body'],
    [
      new Error('The long-running operation has failed. GatewayBusy. See x'),
      'GatewayBusy: the service could not complete the read',
    ],
    [new TypeError('Cannot read properties of null'), 'the read failed (TypeError)'],
    ['a thrown text', 'the read failed'],
    [undefined, 'the read failed'],
  ])('%#', (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });

  test('where there is no sign-in', () => {
    for (const name of ['CredentialUnavailableError', 'AggregateAuthenticationError', 'AuthenticationError']) {
      expect(reasonOf(Object.assign(new Error(`tenant ${CALLER}`), { name }))).toMatch(/sign-in/);
    }
  });

  test.each([400, 401, 403, 404, 409, 429, 500, 503])('%i tells neither caller nor signature nor token', (status) => {
    const reason = reasonOf(restError(status, { error: { code: URL_WITH_SIGNATURE, message: FORBIDDEN } }));
    expect(reason).not.toMatch(new RegExp(`${CALLER}|s=c2lnbmF0dXJl|t0ken|https:`));
  });
});
