import { expect, test } from '@jest/globals';
import { describeError, withoutAddresses } from './log.ts';

test('an error keeps its code and status, and loses every address', () => {
  const error = Object.assign(new Error('POST https://hooks.example/services/T0/B0/key failed: ?sig=abc&se=1'), {
    code: 'ECONNRESET',
    statusCode: 502,
    request: { headers: { authorization: 'Bearer token' } },
  });
  expect(describeError(error)).toEqual({
    name: 'Error',
    code: 'ECONNRESET',
    statusCode: 502,
    message: 'POST <url> failed: <query>',
  });
});

test('what is thrown without being an error is named as such', () => {
  expect(describeError('https://hooks.example/key')).toEqual({ name: 'NotAnError' });
});

test.each(['see sb://hub.example/x', 'see HTTPS://a.example', 'see http://[::1]:80/x'])('%s', (text) => {
  expect(withoutAddresses(text)).toBe('see <url>');
});
