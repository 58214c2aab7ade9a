/** The first index for which `reached` is true, by halving; `size` if there is none. */
export function firstFrom(size: number, reached: (at: number) => boolean): number {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
