import bash from './script.bash';
import fish from './script.fish';
import zsh from './script.zsh';

export type Shell = 'bash' | 'zsh' | 'fish';

/** Each asks `portfwd complete`, which knows the words. */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash, zsh, fish };
