/** As ip and nft write a packet mark: `0x7`. */
export const markText = (mark: number): string => `0x${mark.toString(16)}`;
