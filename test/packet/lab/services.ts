import type { Lab, Machine } from './lab.ts';

export interface Service {
  readonly on: Machine;
  readonly address: string;
  readonly port: number;
  readonly as?: string;
}

/** Starts every service on tcp and on udp. */
export async function serveAll({ agents }: Lab, services: readonly Service[]): Promise<void> {
  await Promise.all(
    services.flatMap(({ on, ...service }) =>
      (['tcp', 'udp'] as const).map(async (protocol) => agents[on].serve({ protocol, ...service })),
    ),
  );
}
