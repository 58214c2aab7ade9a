import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestMiss } from '../../src/explain/nearest-miss.ts';
import { isLocal } from '../../src/model/host-facts.ts';
import type { Model } from '../../src/model/model.ts';
import type { Packet } from '../../src/simulate/packet.ts';
import { LAB_HOST } from './lab-host.ts';
import { expectedTranslation } from './oracle.ts';
import { modelText, parsed, soundPart } from './random-model.ts';
import { shoot, shots } from './random-packet.ts';
import { RUNS } from './runs.ts';

const listensOnPort = ({ forwards }: Model, { destination, destinationPort }: Packet): boolean =>
  forwards.some(
    ({ family, listens }) =>
      family === (destination.includes(':') ? 'ip6' : 'ip') &&
      listens.some(({ ports }) => ports.first <= destinationPort && destinationPort <= ports.last),
  );

test(`that no forward listens on a port is said only where none does (seed ${RUNS.seed})`, () => {
  fc.assert(
    fc.property(modelText, shots(40), (text, some) => {
      const model = soundPart(parsed(text), LAB_HOST);
      for (const packet of some.map((shot) => ({ ...shoot(shot, model), syn: true }))) {
        if (!isLocal(LAB_HOST, packet.destination) || packet.destination === '::1') continue;
        if (expectedTranslation(model, LAB_HOST, LAB_HOST, packet) !== undefined) continue;
        if (packet.path === 'incoming' && /^127\.|^fe80:/.test(packet.destination)) continue;
        const { reason } = nearestMiss(model, LAB_HOST, packet);
        expect({ packet, none: reason === 'no-forward' }).toEqual({ packet, none: !listensOnPort(model, packet) });
      }
    }),
    RUNS,
  );
});
