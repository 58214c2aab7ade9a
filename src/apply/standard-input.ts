/** In place of the path of a file: the model was read from standard input. No path of a history or a finding has this form. */
export const STANDARD_INPUT = '<standard input>';
