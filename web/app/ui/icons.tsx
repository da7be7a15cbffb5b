/** The page's icons: lines of one weight, drawn on 20 by 20. */

const PATHS = {
  upload: 'M10 13V3.5M6 7.2 10 3.2l4 4M3.5 13v2.2c0 .9.7 1.6 1.6 1.6h9.8c.9 0 1.6-.7 1.6-1.6V13',
  download: 'M10 3v9.5M6 8.8l4 4 4-4M3.5 13v2.2c0 .9.7 1.6 1.6 1.6h9.8c.9 0 1.6-.7 1.6-1.6V13',
  close: 'm5 5 10 10M15 5 5 15',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  search: 'm13.2 13.2 3.6 3.6M14.5 9a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0Z',
  warning:
    'M10 7.5v3.2M10 13.6h.01M8.7 3.5 2.4 14.6c-.6 1 .1 2.2 1.3 2.2h12.6c1.2 0 1.9-1.2 1.3-2.2L11.3 3.5c-.6-1-2-1-2.6 0Z',
  info: 'M10 9.2v4.2M10 6.6h.01M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0Z',
  pause: 'M7 4.5v11M13 4.5v11',
  play: 'M6.5 4.2v11.6c0 .5.6.8 1 .6l8.6-5.8c.4-.3.4-.9 0-1.2L7.5 3.600c-.4-.2-1 .1-1 .6Z',
  retry: 'M15.8 4v3.6h-3.6M16 10a6 6 0 1 1-1.9-4.4l1.7 2',
  trash:
    'M3.5 5.500h13M8 5.200V3.600h4v1.600M5.2 5.500l.7 10c.1.8.7 1.3 1.5 1.300h5.200c.8 0 1.4-.5 1.5-1.300l.7-10M8.5 9v4.500M11.5 9v4.5',
  edit: 'm11.8 4.8 3.4 3.400M4 16l.800-3.6 8-8a1.6 1.6 0 0 1 2.3 0l.500.500c.6.6.6 1.6 0 2.300l-8 8L4 16Z',
  back: 'M12 4.5 6.5 10l5.5 5.5',
  next: 'M8 4.5 13.5 10 8 15.5',
  film: 'M4.5 3.500h11c.6 0 1 .4 1 1v11c0 .6-.4 1-1 1h-11c-.6 0-1-.4-1-1v-11c0-.6.4-1 1-1ZM7 3.500v13M13 3.500v13M3.5 7.700H7M3.5 12.300H7M13 7.700h3.500M13 12.300h3.500M7 10h6',
  copy: 'M7.5 7.500h8c.6 0 1 .4 1 1v7c0 .6-.4 1-1 1h-7c-.6 0-1-.4-1-1v-8ZM12.5 7.300V4.500c0-.6-.4-1-1-1h-7c-.6 0-1 .4-1 1v7c0 .6.4 1 1 1h2.8',
  check: 'm4.5 10.5 3.5 3.5 7.5-8',
  eye: 'M2.5 10S5.2 4.8 10 4.8 17.5 10 17.5 10 14.8 15.2 10 15.2 2.5 10 2.5 10ZM12.2 10a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0Z',
  clock: 'M10 5.800V10l2.8 1.800M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0Z',
  person:
    'M10 10.200a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.600ZM3.8 16.800c.6-2.8 3.1-4.3 6.2-4.300s5.6 1.5 6.2 4.3',
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  sheet:
    'M4.500 3.500h11c.6 0 1 .4 1 1v11c0 .6-.4 1-1 1h-11c-.6 0-1-.4-1-1v-11c0-.6.4-1 1-1ZM6.500 6.500h2.500v2.500h-2.500zM11 6.500h2.500v2.500H11zM6.500 11h2.500v2.500h-2.500zM11 11h2.500v2.500H11z',
  select:
    'M4.500 3.500h11c.6 0 1 .4 1 1v11c0 .6-.4 1-1 1h-11c-.6 0-1-.4-1-1v-11c0-.6.4-1 1-1ZM6.800 10.200l2.300 2.300 4.200-4.700',
  link: 'M8.500 11.500l3-3M9 6.500l1.800-1.800a3.200 3.200 0 0 1 4.500 4.500L13.500 11M11 13.500l-1.800 1.800a3.200 3.200 0 0 1-4.500-4.500L6.500 9',
  share: 'M10 12V3.500M6.800 6.500 10 3.300l3.200 3.200M6.500 9h-2v7.500h11V9h-2',
  zoom: 'm13.200 13.200 3.600 3.600M14.500 9a5.500 5.500 0 1 1-11 0 5.500 5.500 0 0 1 11 0ZM9 6.800v4.400M6.800 9h4.400',
  picture:
    'M4 4.500h12c.6 0 1 .4 1 1v9c0 .6-.4 1-1 1H4c-.6 0-1-.4-1-1v-9c0-.6.4-1 1-1ZM3.300 13.500l3.700-3.700 3 3 2.200-2.200 4.500 4.400M12.800 8h.01',
} as const;

export type IconName = keyof typeof PATHS;

/** An icon that says nothing by itself: its words stand beside it. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width={name === 'more' ? 2.4 : 1.5}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The product's mark: a frame, and the film it comes from. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 28 28" aria-hidden="true">
      <rect width="28" height="28" rx="7" fill="var(--accent)" />
      <rect x="5" y="7.5" width="18" height="13" rx="2.5" fill="var(--on-accent)" />
      <path
        d="M8 5h2M13 5h2M18 5h2M8 23h2M13 23h2M18 23h2"
        stroke="var(--on-accent)"
        stroke-width="1.6"
        stroke-linecap="round"
      />
      <path d="M12 11.200v5.600l5-2.800z" fill="var(--accent)" />
    </svg>
  );
}

/** The mark and the name, which lead to the first screen. */
export function Brand() {
  return (
    <a class="brand" href="#/">
      <Mark />
      Fotograma
    </a>
  );
}
