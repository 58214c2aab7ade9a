import type { ForwardChange } from '../plan/compare-forwards.ts';
import type { LeadDifference } from '../plan/compare-leads.ts';
import type { TableDifference } from '../plan/compare-tables.ts';
import { leadName, listenText, targetText } from './format-lead.ts';
import { forwardJson } from './forward-json.ts';

/** A change between two lists of forwards, for `--json`. */
export const changeJson = (change: ForwardChange) =>
  change.kind === 'changed'
    ? {
        kind: change.kind,
        name: change.after.name,
        before: forwardJson(change.before),
        after: forwardJson(change.after),
        fields: change.fields,
      }
    : {
        kind: change.kind,
        name: change.forward.name,
        [change.kind === 'added' ? 'after' : 'before']: forwardJson(change.forward),
      };

/** What the kernel has and should not, and the other way round. */
export const tableJson = ({ leads, objects }: TableDifference) => ({ forwards: leads.map(leadJson), objects });

const leadJson = (difference: LeadDifference) => ({
  kind: difference.kind,
  name: leadName(difference),
  listen: listenText(difference.lead),
  ...(difference.kind === 'stray'
    ? { kernel: sideOf(difference.lead) }
    : {
        meant: sideOf(difference.lead),
        ...('found' in difference ? { kernel: sideOf(difference.found) } : {}),
      }),
});

const sideOf = (lead: Parameters<typeof targetText>[0]) => ({
  target: targetText(lead),
  comment: lead.comment ?? null,
});
