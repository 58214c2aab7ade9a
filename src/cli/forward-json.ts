import { formatListen, formatTarget, type Forward } from '../model/model.ts';

/** A forward as commands print it under `--json`. */
export const forwardJson = (forward: Forward) => ({
  name: forward.name,
  family: forward.family,
  protocols: forward.protocols,
  listens: forward.listens.map((listen) => formatListen(listen, forward.family)),
  target: formatTarget(forward.target),
  interfaces: forward.interfaces,
  from: forward.from,
  masquerade: forward.masquerade,
  loopback: forward.loopback,
  enabled: forward.enabled,
  comment: forward.comment ?? null,
});
