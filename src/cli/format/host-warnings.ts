import { severityOf, type Finding } from '../../finding/finding.ts';
import { escapeControls } from '../../finding/quote.ts';
import type { Model } from '../../model/model.ts';

/** What `check` warns of about this host. */
export interface HostWarning {
  readonly code: Finding['code'];
  readonly message: string;
  /** A forward that it concerns, if it is about forwards. */
  readonly forward: string | null;
}

export const hostWarnings = (findings: readonly Finding[], { forwards }: Model): HostWarning[] =>
  findings
    .filter((finding) => severityOf(finding) !== 'note')
    .map(({ code, message, path }) => {
      const concerned = forwards.find((forward) => forward.path.every((step, index) => step === path[index]));
      return { code, message, forward: concerned?.name ?? null };
    });

/** More are counted. */
const SHOWN = 5;

export function formatHostWarnings(warnings: readonly HostWarning[]): string[] {
  const more = warnings.length - SHOWN;
  return [
    ...warnings
      .slice(0, SHOWN)
      .map(({ message, forward }) =>
        escapeControls(`warning: ${message}; run portfwd doctor${forward === null ? '' : ` ${forward}`}`),
      ),
    ...(more > 0 ? [`${more} more ${more === 1 ? 'warning' : 'warnings'}: run portfwd check`] : []),
  ];
}
