import { expect, test } from 'vitest';
import { requireForwarding } from '../../../src/apply/sysctls/require-forwarding.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';

const FACTS = { ...GATEWAY, forwarding: { ip: false, ip6: false } };
const [IPV4, IPV6] = ['"6000:10.0.0.2:5000"', '"[::]:443:[2001:db8::2]"'];

const required = (...items: readonly string[]) => requireForwarding(modelOf(fileOf(...items)), FACTS);

test('what is off is named with a target that needs it, in the number that it has', () => {
  expect(() => required(IPV4, '"6001:10.0.0.3"')).toThrow(
    'the target of tcp-6000, 10.0.0.2, is another host, and this host does not route (net.ipv4.ip_forward is 0)',
  );
  expect(() => required(IPV4, IPV6)).toThrow(
    'the target of tcp-6000, 10.0.0.2, is another host, and the target of tcp6-443, 2001:db8::2, is another host, and this host does not route (net.ipv4.ip_forward is 0 and net.ipv6.conf.all.forwarding is 0)',
  );
});

test('in a kernel without IPv6, its sysctl is not said to be 0, and forwards of IPv4 are still refused', () => {
  const facts = { ...GATEWAY, forwarding: { ...FACTS.forwarding, withoutIp6: true } };
  expect(() => requireForwarding(modelOf(fileOf(IPV6)), facts)).not.toThrow();
  expect(() => requireForwarding(modelOf(fileOf(IPV4, IPV6)), facts)).toThrow(
    /does not route \(net\.ipv4\.ip_forward is 0\)$/,
  );
});
