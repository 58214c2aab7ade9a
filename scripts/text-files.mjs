/** Files that a module imports as text, for esbuild. */
export const TEXT_FILES = { '.bash': 'text', '.zsh': 'text', '.fish': 'text' };
