import type { Frame } from '../frames/frame-list';
import type { Gallery } from '../frames/gallery';
import { positionsOf, type Ranges } from '../frames/ranges';
import { attempt, saveBlob, stemOf } from '../library/actions';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Menu } from '../ui/menu';
import { t } from '../words';
import { csvTimes, edl, type Listed, plainTimes, premiereMarkers, resolveMarkers } from './lists';
import { rateOf } from './timecode';
import { words } from './words';

interface TimesProps {
  gallery: Gallery;
  ranges: Ranges;
}

/** The times of frames: on the clipboard, or as files for programs that edit videos. */
export function TimesMenu({ gallery, ranges }: TimesProps) {
  const { list, video, extraction } = gallery;
  const listed = (): Listed => ({
    name: video.name,
    rate: rateOf(extraction.source?.frame_rate),
    frames: positionsOf(ranges).map((position) => list.at(position) as Frame),
  });
  const copy = (text: string) =>
    void attempt(async () => {
      await navigator.clipboard.writeText(text);
      toast(t('copied'));
    });
  const saveText = (text: string, ending: string) => {
    saveBlob(new Blob([text], { type: 'text/plain' }), `${stemOf(video.name)}${ending}`);
  };
  return (
    <Menu label={words('times')} icon="clock" isLabelShown>
      <Button kind="quiet" onClick={() => copy(plainTimes(listed()))}>
        {words('times.copy')}
      </Button>
      <Button kind="quiet" onClick={() => copy(csvTimes(listed()))}>
        {words('times.copyCsv')}
      </Button>
      <Button kind="quiet" onClick={() => saveText(csvTimes(listed()), '.csv')}>
        {words('times.csv')}
      </Button>
      <Button kind="quiet" onClick={() => saveText(edl(listed()), '.edl')}>
        {words('times.edl')}
      </Button>
      <Button kind="quiet" onClick={() => saveText(premiereMarkers(listed()), '-markers.xml')}>
        {words('times.premiere')}
      </Button>
      <Button kind="quiet" onClick={() => saveText(resolveMarkers(listed()), '-markers.edl')}>
        {words('times.resolve')}
      </Button>
    </Menu>
  );
}
