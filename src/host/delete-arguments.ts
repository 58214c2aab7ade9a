import type { FlowSelector } from './flow.ts';

/** Words without spaces, so that they can stand on a line of a batch. Without -w an entry of every zone is meant. */
export function deleteArguments(flow: FlowSelector): string[] {
  const options: readonly (readonly [string, string | number | undefined])[] = [
    ['-f', flow.family === 'ip' ? 'ipv4' : 'ipv6'],
    ['-p', flow.protocol],
    ['--orig-src', flow.source],
    ['--orig-dst', flow.destination],
    ['--orig-port-src', flow.sourcePort],
    ['--orig-port-dst', flow.destinationPort],
    ['--reply-src', flow.replySource],
    ['--reply-dst', flow.replyDestination],
    ['--reply-port-src', flow.replySourcePort],
    ['--reply-port-dst', flow.replyDestinationPort],
    ...zoneOptions(flow),
  ];
  return ['-D', ...options.flatMap(([name, value]) => (value === undefined ? [] : [name, `${value}`]))];
}

function zoneOptions({ zone, originalZone, replyZone }: FlowSelector): (readonly [string, number | undefined])[] {
  if (originalZone === undefined && replyZone === undefined) return [['-w', zone ?? 0]];
  return [
    ['--orig-zone', originalZone],
    ['--reply-zone', replyZone],
  ];
}
