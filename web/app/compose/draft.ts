/** What the user is choosing: a recipe in the making, as its fields are written. */
export const MODES = ['interval', 'fps', 'count', 'times', 'scene', 'keyframes', 'all'] as const;
export type Mode = (typeof MODES)[number];
export type Format = 'png' | 'jpg' | 'webp';

export interface Draft {
  mode: Mode;
  seconds: string;
  fps: string;
  count: string;
  times: string;
  start: string;
  end: string;
  format: Format;
  quality: string;
  maxWidth: string;
  days: string;
}

export type DraftField = keyof Draft;

export const FIRST_DRAFT: Draft = {
  mode: 'interval',
  seconds: '1',
  fps: '2',
  count: '20',
  times: '',
  start: '',
  end: '',
  format: 'png',
  quality: '90',
  maxWidth: '',
  days: '',
};

export const PRESETS: Readonly<Record<string, Partial<Draft>>> = {
  every: { mode: 'interval', seconds: '1', format: 'jpg', maxWidth: '' },
  slides: { mode: 'scene', format: 'png', maxWidth: '' },
  stills: { mode: 'keyframes', format: 'png', maxWidth: '' },
  dataset: { mode: 'fps', fps: '2', format: 'jpg', maxWidth: '1280' },
};
