import type { RoutingGuard } from '../../apply/read/routing-guard.ts';

/** What the guard lets pass, and how much it dropped. */
export const formatRoutingGuard = ({ dropped }: RoutingGuard): string =>
  `routing is on by portfwd; everything but forwards is dropped (${dropped} so far), except other programs' NAT and guests on bridges`;
