import { execa } from 'execa';
import { startAgent, type Agent } from '../lab/agent.ts';

/** Containers or virtual machines of the host, on a bridge of their own. */
export interface Guests {
  readonly guest: Agent;
  readonly other: Agent;
  readonly stop: () => Promise<void>;
}

export const GUEST = { ip: '172.17.0.2', ip6: 'fd00:17::2' } as const;
export const OTHER_GUEST = { ip: '172.17.0.3', ip6: 'fd00:17::3' } as const;

/** Both serve port 80. The name of the bridge is that of the program, such as docker0. */
export async function startGuests(bridge: string): Promise<Guests> {
  await run(
    `ip -n host link add ${bridge} type bridge
     ip -n host link set ${bridge} up
     ip -n host address add 172.17.0.1/16 dev ${bridge}
     ip -n host address add fd00:17::1/64 dev ${bridge} nodad`,
  );
  await addGuest('guest', bridge, GUEST);
  await addGuest('other', bridge, OTHER_GUEST);
  const [guest, other] = await Promise.all([startAgent('guest'), startAgent('other')]);
  for (const address of Object.values(GUEST)) await guest.serve({ protocol: 'tcp', address, port: 80 });
  for (const address of Object.values(OTHER_GUEST)) await other.serve({ protocol: 'tcp', address, port: 80 });
  return {
    guest,
    other,
    stop: async () => {
      await Promise.all([guest.stop(), other.stop()]);
      await run(`ip netns delete guest\nip netns delete other\nip -n host link delete ${bridge}`);
    },
  };
}

const addGuest = async (name: string, bridge: string, { ip, ip6 }: { readonly ip: string; readonly ip6: string }) =>
  run(
    `ip netns add ${name}
     ip link add p${name} netns host type veth peer name eth0 netns ${name}
     ip -n host link set p${name} master ${bridge} up
     ip -n ${name} link set lo up
     ip -n ${name} link set eth0 up
     ip -n ${name} address add ${ip}/16 dev eth0
     ip -n ${name} address add ${ip6}/64 dev eth0 nodad
     ip -n ${name} route add default via 172.17.0.1
     ip -n ${name} route add default via fd00:17::1`,
  );

const run = async (script: string) => execa('sh', ['-ec', script]);
