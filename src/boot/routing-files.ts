import { type BootContent, type BootFile, guardFile, routingFile, suffixOf } from './boot-plan.ts';

const HEADER = '# Written by portfwd enable; portfwd disable removes it.\n';

/** The guards that stay when the service stops. */
export const guardFiles = ({ guardTable, ifOff = [] }: BootContent): BootFile[] =>
  [
    { suffix: '', guardTable },
    ...ifOff.map((routing) => ({ suffix: suffixOf(routing), guardTable: routing.guardTable })),
  ]
    .filter((guard) => guard.guardTable !== undefined)
    .map((guard) => ({
      path: guardFile(guard.suffix),
      mode: 0o644,
      content: `${HEADER}${guard.guardTable}`,
      why: 'the guard that stays when the service stops and other programs use the routing',
    }));

/** The forwards and the guard of the routing that the script turns on. */
export const rulesetsIfOff = ({ ifOff = [] }: BootContent): BootFile[] =>
  ifOff.map((routing) => ({
    path: routingFile(suffixOf(routing)),
    mode: 0o644,
    content: `${HEADER}${routing.ruleset}`,
    why: 'the ruleset with a guard, for a boot that finds routing off',
  }));
