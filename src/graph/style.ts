import type { Node } from './picture.ts';

interface Style {
  readonly fill: string;
  readonly stroke: string;
  readonly text: string;
}

/**
 * Light boxes with dark text can be read on any background. The colours of the borders are those of Okabe and Ito, which
 * colour-blind readers can tell apart. No fact is told by a colour alone.
 */
export const STYLES: Readonly<Record<Node['kind'], Style>> = {
  client: { fill: '#e3f1fa', stroke: '#0072b2', text: '#1a1a1a' },
  hook: { fill: '#fdf3d8', stroke: '#e69f00', text: '#1a1a1a' },
  forward: { fill: '#ffffff', stroke: '#5a5a5a', text: '#1a1a1a' },
  disabled: { fill: '#ececec', stroke: '#767676', text: '#4a4a4a' },
  target: { fill: '#dff3ec', stroke: '#009e73', text: '#1a1a1a' },
};

/** Between the boxes there is only the background, which can be white or black: its contrast with both is over 4.4. */
export const LINE = '#767676';

export const isDashed = (kind: Node['kind']): boolean => kind === 'disabled';
