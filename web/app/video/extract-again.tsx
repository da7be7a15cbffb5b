import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { Recipe, Video } from '../api/client';
import { explain } from '../api/problems';
import { changed, type Drafts, FIRST_DRAFTS } from '../compose/drafts';
import type { Chosen } from '../compose/recipe';
import { extractAgain } from '../library/actions';
import { Compose } from '../parts';
import type { Facts, Forecast } from '../preflight/messages';
import { exact } from '../preflight/sampling';
import { go } from '../routes';
import { submit, useForm } from '../ui/form';
import { Note } from '../ui/note';
import { containerName } from '../words/codecs';

interface ExtractAgainProps {
  video: Video;
  /** The frames are to be found by playing it. */
  isPlaying?: boolean;
  onClose: () => void;
}

const AT_TIMES = changed(FIRST_DRAFTS, { mode: 'times' });

/** Other frames of a video that is there already: nothing is uploaded again. */
export function ExtractAgain({ video, isPlaying = false, onClose }: ExtractAgainProps) {
  const form = useForm();
  const drafts = useSignal<Drafts>(isPlaying ? AT_TIMES : FIRST_DRAFTS);
  const recipe = useSignal<Recipe | null>(null);
  // The same as long as the video is: whoever looks at it looks anew at another.
  const facts = useMemo(() => factsOf(video), [video]);
  const extract = ({ recipes: [recipe] }: Chosen) =>
    void submit(form, async () => {
      if (recipe === undefined) return;
      const id = await extractAgain(video.id, recipe);
      onClose();
      go(`#/videos/${video.id}/${id}`);
    });
  return (
    <Compose
      name={video.name}
      facts={facts}
      isUnreadable={false}
      forecast={facts && recipe.value && roughForecast(facts, recipe.value)}
      drafts={drafts.value}
      onDrafts={(next) => {
        drafts.value = next;
      }}
      onRecipe={(next) => {
        recipe.value = next;
      }}
      onExtract={extract}
      playable={{ videoId: video.id }}
      isPlayerOpen={isPlaying}
      onClose={onClose}
      aside={form.error.value !== null && <Note kind="problem">{explain(form.error.value)}</Note>}
    />
  );
}

/** What the server has found in the video. */
function factsOf(video: Video): Facts | null {
  const source = video.extractions.find((each) => each.source !== null)?.source;
  if (!source) return null;
  const { streams, stream } = source;
  return {
    container: containerName(source.container, video.name),
    codec: source.codec,
    width: source.width,
    height: source.height,
    rotation: 0,
    duration: source.duration_seconds,
    videoStart: source.video_start_seconds ?? 0,
    frames: streams.find((each) => each.index === stream)?.frames ?? null,
    isRateVarying: false,
    canPreview: false,
  };
}

/** How many frames a recipe will give, by the length of the video alone. */
function roughForecast(facts: Facts, recipe: Recipe): Forecast | null {
  const start = exact(recipe.start ?? 0).toNumber();
  const end = Math.min(
    facts.duration,
    recipe.end == null ? Infinity : exact(recipe.end).toNumber(),
  );
  if (start >= end) return { frames: 0, isExact: true, shown: [], problem: 'nothing_selected' };
  const frames = framesWithin(end - start, facts, recipe);
  return frames === null ? null : { frames, isExact: false, shown: [], problem: null };
}

function framesWithin(length: number, facts: Facts, recipe: Recipe): number | null {
  const { sampling } = recipe;
  const all =
    facts.frames === null ? Infinity : Math.ceil((facts.frames * length) / facts.duration);
  switch (sampling?.mode) {
    case 'fps':
      return Math.min(all, Math.ceil(length * exact(sampling.fps).toNumber()));
    case 'count':
      return Math.min(all, sampling.count);
    case 'times':
      return sampling.times.length;
    case 'all':
      return Number.isFinite(all) ? all : null;
    case 'scene':
    case 'keyframes':
      return null;
    default:
      return Math.min(all, Math.ceil(length / exact(sampling?.seconds ?? 1).toNumber()));
  }
}
