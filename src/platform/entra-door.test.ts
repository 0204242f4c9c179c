import { beforeAll, expect, test } from '@jest/globals';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, type JWTVerifyGetKey, SignJWT } from 'jose';
import { createEntraDoor } from './entra-door.ts';

const tenant = '3b8f1a52-9c1d-4d7e-8a55-1f2e3d4c5b6a';
const audience = '6f3c2b1a-1111-4222-8333-944455566677';
const caller = '461e8683-5575-4561-ac7f-899cc907d62a';
const settings = {
  ENTRA_TENANT_ID: tenant,
  ENTRA_AUDIENCE: audience,
  ENTRA_CALLERS: [caller],
  AZURE_AUTHORITY_HOST: undefined,
};

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let own: Pair;
let foreign: Pair;
let keys: JWTVerifyGetKey;

beforeAll(async () => {
  [own, foreign] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k', alg: 'RS256' }] });
});

const now = () => Math.floor(Date.now() / 1000);
const claims = (changes: JWTPayload = {}): JWTPayload => ({
  iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
  aud: audience,
  azp: caller,
  iat: now() - 60,
  exp: now() + 3_600,
  ...changes,
});

async function bearer(payload: JWTPayload, pair = own): Promise<string> {
  return `Bearer ${await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(pair.privateKey)}`;
}

const door = () => createEntraDoor(settings, keys) ?? (() => Promise.reject(new Error('no door')));

test.each([
  ['a token of version 2', {}],
  ['a token of version 1', { iss: `https://sts.windows.net/${tenant}/`, azp: undefined, appid: caller }],
  ['an audience with its scheme', { aud: `api://${audience}` }],
])('%s opens', async (_name, changes) => {
  expect(await door()(await bearer(claims(changes)))).toBeUndefined();
});

test.each([
  ['another tenant', { iss: 'https://login.microsoftonline.com/other/v2.0' }, 'token-invalid'],
  ['another audience', { aud: 'https://management.azure.com' }, 'token-invalid'],
  ['a token that is over', { exp: 1_000 }, 'token-invalid'],
  ['a token without an end', { exp: undefined }, 'token-invalid'],
  ['a token of the future', { nbf: 99_999_999_999 }, 'token-invalid'],
  ['another caller', { azp: 'somebody-else' }, 'caller-not-allowed'],
  ['no caller', { azp: undefined }, 'caller-not-allowed'],
] as const)('%s does not', async (_name, changes, code) => {
  expect(await door()(await bearer(claims(changes)))).toMatchObject({ code });
});

test('nor does a token that somebody else signed, or nobody', async () => {
  expect(await door()(await bearer(claims(), foreign))).toMatchObject({ code: 'token-invalid' });
  const [, body] = (await bearer(claims())).split('.');
  const unsigned = `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.x`;
  expect(await door()(unsigned)).toMatchObject({ code: 'token-invalid' });
});

test.each([undefined, '', 'Basic abc', 'Bearer', 'Bearer not-a-token'])('nor does %p', async (authorization) => {
  expect(await door()(authorization)).toMatchObject({ code: 'token-missing' });
});

test('it is no lock where it is not configured', () => {
  expect(createEntraDoor({ ...settings, ENTRA_AUDIENCE: undefined })).toBeUndefined();
});
