import type { Route } from '../ip-schema.ts';
import { lastDigits } from './address-digits.ts';
import type { Area, Surroundings } from './areas.ts';
import { firstFrom } from './first-from.ts';
import { readSavedRoutes, type IsNeeded } from './saved-routes.ts';

/** The routes in or around the areas, those without a router, and the default routes: of all tables, in one pass. */
export const readNearRoutes = async ({ family, areas }: Surroundings): Promise<readonly Route[]> => {
  const isNear = nearTo(areas);
  return readSavedRoutes(
    family,
    (digits, length, hasRouter) => !hasRouter || length === 0 || isNear(digits, length, hasRouter),
  );
};

/** Routes come in the order of their prefixes, so the area of the previous one is tried first. */
function nearTo(areas: readonly Area[]): IsNeeded {
  const firsts = areas.map(({ first }) => first);
  const lasts = areas.map(({ last }) => last);
  const isNext = (at: number, digits: string): boolean =>
    (at === 0 || (firsts[at - 1] ?? '') <= digits) && (at === firsts.length || (firsts[at] ?? '') > digits);
  let next = 0;
  return (digits, length) => {
    if (!isNext(next, digits)) next = firstFrom(firsts.length, (at) => (firsts[at] ?? '') > digits);
    if (next > 0 && digits <= (lasts[next - 1] ?? '')) return true;
    return next < firsts.length && (firsts[next] ?? '') <= lastDigits(digits, length);
  };
}
