import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();

/**
 * Starts a child that a signal which ends us ends too: it would load an old ruleset after the next run has loaded a
 * newer one, since the lock is free when we are gone. No signal comes between the start and our knowing of it.
 */
export function startToEndWithUs(start: () => ChildProcess): ChildProcess {
  if (running.size === 0) for (const signal of SIGNALS) process.on(signal, endAll);
  try {
    const child = start();
    running.add(child);
    child.once('exit', () => forget(child));
    child.once('error', () => forget(child));
    return child;
  } finally {
    listenNoMore();
  }
}

function forget(child: ChildProcess): void {
  running.delete(child);
  listenNoMore();
}

function listenNoMore(): void {
  if (running.size === 0) for (const signal of SIGNALS) process.off(signal, endAll);
}

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT'] as const;

/** Without our handler the signal does to us what it always does. */
function endAll(signal: NodeJS.Signals): void {
  for (const child of running) child.kill(signal);
  for (const each of SIGNALS) process.off(each, endAll);
  process.kill(process.pid, signal);
}
