import { expect, test } from 'vitest';
import { NO_USAGE } from '../../../src/counters/ledger.ts';
import { formatFamilies } from '../../../src/metrics/exposition.ts';
import { familiesOf, type Measured } from '../../../src/metrics/families.ts';
import { forwardsOf } from '../../support/model.ts';

const [web] = forwardsOf('{ name: web, listen: 6000, target: "10.0.0.2:5000" }');
const MEASURED: Measured = {
  version: '1.2.3',
  loaded: true,
  counting: 'on',
  configValid: true,
  inSync: true,
  warnings: new Map([['web', 2]]),
  forwards:
    web === undefined
      ? []
      : [{ ...NO_USAGE, connections: 3, sent: { packets: 7, bytes: 2 ** 53 - 1 }, forward: web, open: undefined }],
};

const textOf = (changes: Partial<Measured> = {}): string => formatFamilies(familiesOf({ ...MEASURED, ...changes }));

test('each value has a line, and what is not known has none', () => {
  const lines = textOf({ inSync: undefined }).split('\n');
  expect(lines).toContain('portfwd_build_info{version="1.2.3"} 1');
  expect(lines).toContain('portfwd_forward_info{forward="web",protocol="tcp",listen="6000",target="10.0.0.2:5000"} 1');
  expect(lines).toContain('portfwd_forward_received_bytes_total{forward="web"} 9007199254740991');
  expect(lines).toContain('portfwd_forward_warnings{forward="web"} 2');
  expect(lines.filter((line) => line.includes('in_sync') || line.includes('open_connections'))).toEqual([]);
});

test('without a reading there is one metric, and no earlier value stays', () => {
  expect(formatFamilies(familiesOf(undefined)).replaceAll(/^#.*\n/gm, '')).toBe('portfwd_up 0\n');
});

test('a value of a label cannot end it', () => {
  expect(textOf({ version: '1"\\\n} 7' })).toContain('portfwd_build_info{version="1\\"\\\\\\n} 7"} 1\n');
});

test('one state of the counters is 1', () => {
  expect(textOf({ counting: 'full' }).match(/^portfwd_counters_state.*/gm)).toEqual([
    'portfwd_counters_state{state="on"} 0',
    'portfwd_counters_state{state="off"} 0',
    'portfwd_counters_state{state="missing"} 0',
    'portfwd_counters_state{state="full"} 1',
  ]);
});
