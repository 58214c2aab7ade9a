import type { Lab } from './lab.ts';
import type { SERVICES } from './scenarios.ts';

/** Starts every service on tcp and on udp. */
export async function serveAll({ agents }: Lab, services: typeof SERVICES): Promise<void> {
  await Promise.all(
    services.flatMap(({ on, ...service }) =>
      (['tcp', 'udp'] as const).map(async (protocol) => agents[on].serve({ protocol, ...service })),
    ),
  );
}
