import type { BootFile, BootSysctl } from './boot-plan.ts';

/** Such a path means interfaces whose names are not known yet, so udev reports each new one. */
export const hasPatterns = (sysctls: readonly BootSysctl[]): boolean => sysctls.some(({ path }) => path.includes('*'));

/** `action` is what udev does, such as `RUN+="…"`. udev reads the file without being told. */
export const udevRule = (action: string): BootFile => ({
  path: '/etc/udev/rules.d/90-portfwd.rules',
  mode: 0o644,
  content: `# Written by portfwd enable; portfwd disable removes it.\nACTION=="add", SUBSYSTEM=="net", KERNEL!="lo", ${action}\n`,
  why: 'sets the sysctls of each interface that appears after boot',
});
