import type { Model } from '../model/model.ts';
import type { FieldChange } from './forward-fields.ts';

/** What differs at the top level of two models. */
export const compareSettings = (before: Model, after: Model): FieldChange[] =>
  (['priority', 'forwarding'] as const)
    .map((field) => ({ field, before: `${before[field]}`, after: `${after[field]}` }))
    .filter((change) => change.before !== change.after);
