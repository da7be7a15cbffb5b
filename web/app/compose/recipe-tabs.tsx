import { Button } from '../ui/button';
import { recipeName } from '../video/recipe-name';
import { added, type Drafts, MOST_DRAFTS, removed } from './drafts';
import type { Composed } from './recipe';
import { own } from './words';

interface RecipeTabsProps {
  drafts: Drafts;
  onDrafts: (drafts: Drafts) => void;
  /** What each of them comes to. */
  composed: readonly Composed[];
}

/** The recipes of one upload, by name; one of them is shown. */
export function RecipeTabs({ drafts, onDrafts, composed }: RecipeTabsProps) {
  const isAlone = composed.length === 1;
  return (
    <fieldset class="tabs recipe-tabs">
      <legend class="unseen">{own('choices')}</legend>
      {!isAlone &&
        composed.map((each, index) => (
          <button
            key={index}
            type="button"
            aria-pressed={index === drafts.current}
            onClick={() => onDrafts({ ...drafts, current: index })}
          >
            {nameOf(each)}
          </button>
        ))}
      {composed.length < MOST_DRAFTS && (
        <Button small kind="quiet" icon="plus" onClick={() => onDrafts(added(drafts))}>
          {own('add')}
        </Button>
      )}
      {!isAlone && (
        <Button small kind="quiet" icon="close" iconOnly onClick={() => onDrafts(removed(drafts))}>
          {own('remove')}
        </Button>
      )}
    </fieldset>
  );
}

function nameOf({ recipe }: Composed): string {
  return recipe === null
    ? own('unfinished')
    : recipeName(recipe as Parameters<typeof recipeName>[0]);
}
