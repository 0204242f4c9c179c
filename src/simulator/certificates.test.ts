import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createServerIdentity } from './certificates.ts';

describe('the throw-away certificates', () => {
  test('cover every spelling of loopback and are signed by the authority', async () => {
    const identity = await createServerIdentity();
    const server = new X509Certificate(identity.certificatePem);
    const authority = new X509Certificate(identity.caPem);
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkIP('::1')).toBeDefined();
    expect(server.checkHost('example.com')).toBeUndefined();
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(authority.ca).toBe(true);
    expect(server.ca).toBe(false);
  });

  test('are new every time', async () => {
    const [first, second] = await Promise.all([createServerIdentity(), createServerIdentity()]);
    expect(first.caPem).not.toBe(second.caPem);
  });
});
