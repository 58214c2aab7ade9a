import type { BootSysctl } from './boot-facts.ts';

/** Those whose own sysctls are to be set: an interface may come long after the forwards. */
export const interfacesOf = (sysctls: readonly BootSysctl[]): string[] =>
  [
    ...new Set(
      sysctls.flatMap(({ path }) => /^net\/ipv[46]\/conf\/(?<link>[^/]+)\//.exec(path)?.groups?.['link'] ?? []),
    ),
  ].filter((link) => link !== 'all' && link !== 'default');
