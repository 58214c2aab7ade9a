import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLab, type Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import { doctor, onHost, runAll } from './doctor-lab.ts';

/** A frame that leaves through an interface other than lo, as hexadecimal digits. */
const CAPTURE = `socket(S, 17, 3, unpack("S", pack("n", 3))) or die; $| = 1; print "ready\\n";
  while (defined($from = recv(S, $frame, 200, 0))) {
    (undef, undef, $interface, undef, $type) = unpack("SSlSC", $from);
    print unpack("H*", $frame), "\\n" if $type == 4 && $interface != 1; }`;
/** Marks a place in what was captured. No machine has the address of this link. */
const MARK = '203.0.113.250';

const MODEL = `version: 1
forwards:
- {name: web, listen: 6000, target: "10.0.0.2:5000"}
- {name: both, protocol: [tcp, udp], listen: 6001, target: "10.0.0.3:5001"}
- {name: range, listen: 6010-6019, target: "10.0.0.2:5010-5019"}
- {name: six, protocol: [tcp, udp], listen: "[::]:6000", target: "[2001:db8:2::2]:5000"}
- {name: local, listen: 6002, target: "192.168.0.2:5002"}
- {name: own, listen: 6003, target: "127.0.0.1:5003", interface: out0, loopback: true}
- {name: off, listen: 6004, target: "10.0.0.77:5004"}
- {name: off-six, listen: "[::]:6004", target: "[2001:db8:2::77]:5004"}
- {name: routed, listen: 6005, target: "10.50.0.2:5005"}
- {name: lost, listen: 6006, target: "10.60.0.2:5006"}
- {name: refused, listen: 6007, target: "10.70.0.2:5007"}
- {name: disabled, listen: 6008, target: "10.0.0.88:5008", enabled: false}
`;
/** What doctor may send, each as it is shown below. */
const TO_TARGETS = [
  'tcp 10.0.0.2 5000',
  'tcp 10.0.0.3 5001',
  'udp 10.0.0.3 5001',
  'tcp 10.0.0.2 5010',
  'tcp 2001:db8:2:0:0:0:0:2 5000',
  'udp 2001:db8:2:0:0:0:0:2 5000',
  'tcp 10.50.0.2 5005',
];
const NEIGHBOURS = new Set([
  'neighbour 10.0.0.2',
  'neighbour 10.0.0.3',
  'neighbour 10.0.0.77',
  'neighbour 10.0.0.78',
  'neighbour 2001:db8:2:0:0:0:0:2',
  'neighbour 2001:db8:2:0:0:0:0:77',
]);

interface Capture {
  /** What left the host since the last call. */
  readonly sent: () => Promise<readonly string[]>;
  readonly end: () => void;
}

let lab: Lab;
let capture: Capture;
beforeAll(async () => {
  lab = await startLab();
  const { backend, neighbour, host } = lab.agents;
  await runAll(lab, {
    host: `ip neighbour replace ${MARK} lladdr 02:00:00:00:00:fa dev out0
      ip route add 10.50.0.0/24 via 10.0.0.78; ip route add unreachable 10.70.0.0/24`,
    neighbour: 'ip address add 10.0.0.78/24 dev eth0; ip address add 10.50.0.2/32 dev eth0',
  });
  await Promise.all([
    backend.serve({ protocol: 'tcp', address: '0.0.0.0', port: 5000 }),
    neighbour.serve({ protocol: 'udp', address: '10.0.0.3', port: 5001 }),
    backend.serve({ protocol: 'udp', address: '2001:db8:2::2', port: 5000 }),
    host.serve({ protocol: 'tcp', address: '192.168.0.2', port: 5002 }),
  ]);
  lab.writeModel(MODEL);
  await onHost(lab, 'portfwd apply');
  capture = await startCapture();
});
afterAll(async () => {
  capture.end();
  await lab.stop();
});

async function startCapture(): Promise<Capture> {
  const child = spawn('ip', ['netns', 'exec', 'host', 'perl', '-e', CAPTURE], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await until('it captures', () => lines.length > 0);
  lines.length = 0;
  let marks = 0;
  return {
    sent: async () => {
      marks += 1;
      const mark = { protocol: 'udp', from: '203.0.113.1', fromPort: 20_000, to: MARK, port: marks } as const;
      await lab.agents.host.send([mark]);
      let shown: string[] = [];
      await until('the mark', () => {
        shown = lines.map((line) => shownAs(Buffer.from(line, 'hex')));
        return shown.includes(`udp ${MARK} ${marks}`);
      });
      lines.length = 0;
      return [...new Set(shown)].filter((one) => one !== `udp ${MARK} ${marks}` && one !== KERNEL).sort();
    },
    end: () => void child.kill(),
  };
}

/** The kernel answers who has its addresses, tells its multicast groups (MLD), and asks for routers, at any time. */
const KERNEL = 'of the kernel';

const PROTOCOLS: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp' };

/** `tcp ADDRESS PORT`, or `neighbour ADDRESS` for ARP and neighbour discovery. */
function shownAs(frame: Buffer): string {
  const ip = frame.subarray(14);
  switch (frame.readUInt16BE(12)) {
    case 0x0806:
      return ip[7] === 2 ? KERNEL : `neighbour ${ip.subarray(24, 28).join('.')}`;
    case 0x0800:
      return withPort(ip[9] ?? 0, ip.subarray(16, 20).join('.'), ip.subarray(4 * ((ip[0] ?? 0) & 15)));
    case 0x86dd: {
      const [next = 0, type = 0] = [ip[6], ip[40]];
      if (next === 0 || (next === 58 && (type === 133 || type === 136))) return KERNEL;
      if (next === 58 && type === 135) return `neighbour ${address6(ip.subarray(48, 64))}`;
      return withPort(next, address6(ip.subarray(24, 40)), ip.subarray(40));
    }
    default:
      return frame.toString('hex');
  }
}

const withPort = (protocol: number, address: string, payload: Buffer): string =>
  `${PROTOCOLS[protocol] ?? `protocol ${protocol}`} ${address} ${payload.readUInt16BE(2)}`;

const address6 = (bytes: Buffer): string =>
  Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':');

/** The questions of the kernel who has an address, and everything else. */
const parted = (sent: readonly string[]): [string[], string[]] => [
  sent.filter((one) => one.startsWith('neighbour')),
  sent.filter((one) => !one.startsWith('neighbour')),
];

/** Not about a target or its router, nor about the link-local address with which one of them asked. */
const isUnexpected = (one: string): boolean => !NEIGHBOURS.has(one) && !one.startsWith('neighbour fe80:');

test('doctor sends packets to the targets only, and none with --no-probe', async () => {
  await doctor(lab, '--no-probe');
  expect(await capture.sent()).toEqual([]);
  const { forwards } = await doctor(lab);
  const [asked, sent] = parted(await capture.sent());
  expect(sent).toEqual([...TO_TARGETS].sort());
  expect(asked.filter(isUnexpected)).toEqual([]);
  expect(asked).toEqual(expect.arrayContaining(['neighbour 10.0.0.77', 'neighbour 2001:db8:2:0:0:0:0:77']));
  expect(forwards.find(({ name }) => name === 'web')?.verdict).toBe('sound');
});

test('it sends packets to the targets of the named forwards only', async () => {
  await doctor(lab, 'web', '6002');
  const [asked, sent] = parted(await capture.sent());
  expect(sent).toEqual(['tcp 10.0.0.2 5000']);
  expect(asked.filter(isUnexpected)).toEqual([]);
});
