import type { Host } from '../../host/host.ts';
import { probeKey, type Probed } from '../../doctor/evidence.ts';
import { bindingsOf } from '../../model/binding.ts';
import type { Forward } from '../../model/model.ts';

/** The first port of each target, under each protocol that can be probed. */
export async function probe(
  forwards: readonly Forward[],
  { probeTargets }: Pick<Host, 'probeTargets'>,
): Promise<ReadonlyMap<string, Probed>> {
  const targets = new Map(
    bindingsOf(forwards).flatMap(({ forward, protocol, targetPorts }) =>
      protocol === 'sctp'
        ? []
        : [
            [
              probeKey(protocol, forward.target.address, targetPorts.first),
              { protocol, address: forward.target.address, port: targetPorts.first },
            ] as const,
          ],
    ),
  );
  const results = await probeTargets([...targets.values()]);
  return new Map(
    [...targets.keys()].flatMap((key, index) => {
      const result = results[index];
      return result === undefined ? [] : [[key, result] as const];
    }),
  );
}
