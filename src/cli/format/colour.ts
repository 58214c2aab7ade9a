/**
 * Begins a colour until `printable` replaces it. It is different in every process, so that a name from outside cannot have a
 * colour.
 */
export const MARK = `\u001b${Math.random().toString(36).slice(2)}:`;

export const coloured = (code: number, text: string): string => `${MARK}${code}m${text}${MARK}0m`;
