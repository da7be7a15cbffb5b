import { signal } from '@preact/signals';

/** Whether the browser has a network at all. */
export const isOnline = signal(navigator.onLine);

const look = () => {
  isOnline.value = navigator.onLine;
};
addEventListener('online', look);
addEventListener('offline', look);
