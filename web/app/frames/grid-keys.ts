/** What keys do in the grid. */
import type { Gallery } from './gallery';
import { placeBy } from './layout';

const EXTENDING = /^(Arrow|Home|End|Page)/;

/** The place that a key moves to, if it moves; with Shift what lies between is picked. */
export function moveBy(event: KeyboardEvent, gallery: Gallery, columns: number): number | null {
  if (event.altKey) return null;
  const { picks } = gallery;
  const view = gallery.view.value;
  const place = placeBy(event, view.placeOf(gallery.focused.value), columns, view.count);
  if (place === null) return null;
  if (event.shiftKey && EXTENDING.test(event.key)) picks.extend(view.at(place), view);
  else picks.begin(view.at(place));
  return place;
}

/** Pick by a key; whether it did. */
export function pickBy(event: KeyboardEvent, { picks, view, focused }: Gallery): boolean {
  const isCommand = event.ctrlKey || event.metaKey;
  if (event.key === ' ' && !isCommand) {
    if (event.shiftKey) picks.extend(focused.value, view.value);
    else picks.toggle(focused.value);
  } else if (event.key.toLowerCase() === 'a' && isCommand) {
    picks.replace(view.value.ranges, view.value);
  } else return false;
  return true;
}
