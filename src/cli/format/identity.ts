import type { Identity } from '../../apply/read/identity.ts';
import { escapeControls } from '../../finding/quote.ts';

/** Lines of `status`. What is loaded is only mentioned if it is not the file. */
export const formatIdentity = (file: Identity, loaded: Identity | undefined): string[] => [
  `digest: ${file.digest}${loaded === undefined || loaded.digest === file.digest ? '' : ` (loaded: ${loaded.digest})`}`,
  ...(file.revision === undefined && loaded?.revision === undefined ? [] : [revisionLine(file, loaded)]),
];

function revisionLine({ revision = 'none' }: Identity, loaded: Identity | undefined): string {
  const other = loaded === undefined || loaded.revision === revision ? '' : ` (loaded: ${loaded.revision ?? 'none'})`;
  return escapeControls(`revision: ${revision}${other}`);
}
