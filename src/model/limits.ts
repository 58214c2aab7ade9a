/** Bytes. Room for 50 000 forwards in shorthand; anything larger is no list that a person keeps. */
export const MAX_BYTES = 1_048_576;

/** Collections inside each other. The model needs four. */
export const MAX_DEPTH = 20;
