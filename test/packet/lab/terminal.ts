/** Gives the command a terminal of its own. `type` types into it, and it hangs up if `script` dies. */
export const onTerminal = (command: readonly string[]): string[] => ['script', '-qec', command.join(' '), '/dev/null'];

/** portfwd reads from the terminal by now: the countdown shows a second number. */
export const COUNTDOWN_RUNS = /\r(?<first>\d+) s [^]*\r(?!\k<first> )\d+ s /;
