import type * as z from 'zod/mini';
import { Failure } from '../../failure/failure.ts';

/**
 * What a program printed as JSON. Throws `tool-failed` if it is not JSON, ends too early, or has not the form of `schema`.
 * `command` shows the same output to a person.
 */
export function readJson<T>(command: string, text: string, schema: z.ZodMiniType<T>): T {
  const { success, data } = schema.safeParse(jsonIn(text));
  if (success) return data;
  throw unreadableOutput(command, text);
}

export function unreadableOutput(command: string, text: string): Failure {
  const [program = ''] = command.split(' ');
  return new Failure(
    'tool-failed',
    `portfwd cannot read what ${program} printed`,
    `look at what this prints: ${command}; if it is not complete JSON, install ${program} again`,
    text.slice(0, MAX_SHOWN),
  );
}

/** Characters. */
const MAX_SHOWN = 200;

/** Undefined if it is not JSON. ip prints control characters in the names of interfaces as they are, which JSON forbids. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return CONTROL.test(text) ? parsed(text.replace(CONTROLS, escaped)) : undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without those that may stand between values. The kernel allows none of them in the name of an interface. */
const CONTROLS = /(?![\t\n\r])\p{Cc}/gu;
const CONTROL = new RegExp(CONTROLS.source, 'u');

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
