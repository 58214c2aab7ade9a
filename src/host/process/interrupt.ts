/** Calls `interrupted` on Ctrl-C and on signals that ask to end, until the returned function is called. */
export function onInterrupt(interrupted: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, interrupted);
  return () => {
    for (const signal of SIGNALS) process.off(signal, interrupted);
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
