import { readlinkSync } from 'node:fs';
import { readSysctl } from './sysctl.ts';

/** The boot and the network namespace that this process is in: `BOOT_ID net:[INODE]`. An inode alone can be used again. */
export const thisNetwork = (): string => `${readSysctl('kernel/random/boot_id')} ${readlinkSync('/proc/self/ns/net')}`;

/** Of a `network` that was recorded in this or in another boot. */
export const bootOf = (network: string): string => network.split(' ')[0] ?? '';
