/** Offsets into the text as it was; `from` to `to` is replaced. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export const insertion = (at: number, text: string): Splice => ({ from: at, to: at, text });

export const deletion = (from: number, to: number): Splice => ({ from, to, text: '' });

/** Every character outside of the splices stays as it is. Those at one place come in the order given. */
export function splice(text: string, splices: readonly Splice[]): string {
  let result = '';
  let at = 0;
  for (const { from, to, text: put } of [...splices].sort((a, b) => a.from - b.from)) {
    result += text.slice(at, Math.max(at, from)) + put;
    at = Math.max(at, to);
  }
  return result + text.slice(at);
}
