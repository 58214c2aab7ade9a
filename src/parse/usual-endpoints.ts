import type { ModelPath } from '../finding/finding.ts';
import { parseAddress } from '../model/address.ts';
import type { Listen, PortRange, Target } from '../model/model.ts';

/** A port, alone or with an IPv4 address. Undefined for everything else, which the full parser reads. */
export function usualListen(item: number | string, path: ModelPath): Listen | undefined {
  if (typeof item === 'number') {
    const alone = Number.isInteger(item) ? onePort(item) : undefined;
    return alone && { address: undefined, family: undefined, ports: alone, path };
  }
  const [, address, port] = LISTEN.exec(item) ?? [];
  const ports = onePort(Number(port));
  // 0.0.0.0 means every address.
  if (ports === undefined || address === '0.0.0.0') return undefined;
  if (address === undefined) return { address, family: undefined, ports, path };
  return parseAddress(address) === undefined ? undefined : { address, family: 'ip', ports, path };
}

/** An IPv4 address, alone or with a port. */
export function usualTarget(text: string, path: ModelPath): Target | undefined {
  const [, host = '', port] = TARGET.exec(text) ?? [];
  const address = host === '' ? undefined : parseAddress(host);
  const ports = port === undefined ? undefined : onePort(Number(port));
  if (address === undefined || (port !== undefined && ports === undefined)) return undefined;
  return { address: address.text, ports, path };
}

export const onePort = (port: number): PortRange | undefined =>
  port >= 1 && port <= 65_535 ? { first: port, last: port } : undefined;

const LISTEN = /^(?:(\d+\.\d+\.\d+\.\d+):)?([1-9]\d{0,4})$/;
const TARGET = /^(\d+\.\d+\.\d+\.\d+)(?::([1-9]\d{0,4}))?$/;
