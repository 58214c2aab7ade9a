import { freeName } from '../files/write-config-file.ts';
import { shellWord } from '../process/shell-word.ts';

/** The command that puts a file or directory out of the way, and keeps it. It overwrites nothing. */
export const moveAway = (path: string): string => `mv -n ${shellWord(path)} ${shellWord(freeName(`${path}.old`))}`;
