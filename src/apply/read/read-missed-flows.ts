import { asFailure } from '../../failure/failure.ts';
import { missedFlows, type MissedFlows } from '../../flows/missed.ts';
import { enabledForwards } from '../../model/model.ts';
import type { Desired } from '../change.ts';
import type { Context } from '../context.ts';

/** UDP flows that bypass the forwards of the kernel. None if conntrack cannot be asked. */
export async function readMissedFlows({ model, facts }: Desired, { host }: Context): Promise<readonly MissedFlows[]> {
  const after = enabledForwards(model).filter(({ protocols }) => protocols.includes('udp'));
  if (after.length === 0) return [];
  try {
    const flows = await host.conntrack.dump('udp');
    const { addresses } = facts;
    return missedFlows({
      flows,
      after,
      localAddresses: new Set(addresses.map(({ address }) => address)),
      interfacesWith: (address) =>
        addresses.filter((entry) => entry.address === address).map((entry) => entry.interface),
    });
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return [];
  }
}
