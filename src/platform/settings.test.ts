import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readSettings, settingDeclarations } from './settings.ts';

const sample = JSON.parse(readFileSync(new URL('../../local.settings.sample.json', import.meta.url), 'utf8')) as {
  Values: Record<string, string>;
};

describe('local.settings.sample.json', () => {
  test('holds every setting that there is, and no other, each with its declared sample', () => {
    const declared = Object.fromEntries(settingDeclarations.map(({ name, sample: value }) => [name, value]));
    expect(sample.Values).toEqual(declared);
  });

  test('can be used as it is', () => {
    expect(() => readSettings(sample.Values)).not.toThrow();
  });
});

describe('settings', () => {
  test('an empty value counts as absent', () => {
    expect(readSettings({ LOOKBACK_MINUTES: '' }).LOOKBACK_MINUTES).toBe(60);
  });

  test('endpoints lose their trailing slash', () => {
    expect(readSettings({ ARM_ENDPOINT: 'https://management.chinacloudapi.cn/' }).ARM_ENDPOINT).toBe(
      'https://management.chinacloudapi.cn',
    );
  });

  test.each([
    ['ARM_ENDPOINT', 'http://management.azure.com'],
    ['LOGS_ENDPOINT', 'secret-value'],
    ['LOOKBACK_MINUTES', 'soon'],
    ['LOOKBACK_MINUTES', '0'],
    ['SEND_SECONDS', '60'],
    ['LOG_LEVEL', 'loud'],
    ['AzureWebJobsStorage__accountName', 'x.evil.example/'],
  ])('%s = %s is refused by name, and its value is not repeated', (name, value) => {
    const attempt = () => readSettings({ [name]: value });
    expect(attempt).toThrow(name);
    expect(attempt).not.toThrow(new RegExp(value.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')));
  });

  test('every setting is described', () => {
    for (const { name, description } of settingDeclarations) {
      expect({ name, ok: /^[A-Z].*\.$/.test(description) }).toEqual({ name, ok: true });
    }
  });
});
