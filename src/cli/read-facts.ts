import type { HostFacts } from '../host/facts.ts';
import { statePathsOf, type StateOptions } from './options.ts';
import type { World } from './world.ts';

/** The host as it would be without portfwd. */
export const readFacts = async (options: StateOptions, world: World): Promise<HostFacts> =>
  world.host.readHostFacts(world.host.sysctl.readRemembered(statePathsOf(options, world).volatile));
