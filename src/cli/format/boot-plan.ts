import type { BootPlan } from '../../boot/boot-plan.ts';

/** Everything that would be written: for each file the reason, then its content. */
export const formatBootPlan = ({ files, links, notes }: BootPlan): string =>
  [
    ...notes.map((note) => `# ${note}\n`),
    ...files.map(({ path, mode, content, why }) => `\n# ${path} (${modeText(mode)}): ${why}\n${content}`),
    ...links.map(({ path, target, why }) => `\n# ${path} -> ${target}: ${why}\n`),
  ].join('');

export const bootPlanJson = ({ how, files, links, notes }: BootPlan) => ({
  how,
  notes,
  files: files.map(({ path, mode, content, why }) => ({ path, mode: modeText(mode), content, why })),
  links,
});

const modeText = (mode: number): string => `0${mode.toString(8)}`;
