import type { Frame } from '../frames/frame-list';
import type { Gallery } from '../frames/gallery';
import { positionsOf, type Ranges } from '../frames/ranges';
import { attempt, saveBlob } from '../library/actions';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Menu } from '../ui/menu';
import { t } from '../words';
import { csvTimes, edl, type Listed, plainTimes, premiereMarkers, resolveMarkers } from './lists';
import { rateOf } from './timecode';

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
    const stem = video.name.replace(/\.[^.]*$/, '');
    saveBlob(new Blob([text], { type: 'text/plain' }), `${stem}${ending}`);
  };
  return (
    <Menu label={t('times')} icon="clock" isLabelShown>
      <Button kind="quiet" onClick={() => copy(plainTimes(listed()))}>
        {t('times.copy')}
      </Button>
      <Button kind="quiet" onClick={() => copy(csvTimes(listed()))}>
        {t('times.copyCsv')}
      </Button>
      <Button kind="quiet" onClick={() => saveText(csvTimes(listed()), '.csv')}>
        {t('times.csv')}
      </Button>
      <Button kind="quiet" onClick={() => saveText(edl(listed()), '.edl')}>
        {t('times.edl')}
      </Button>
      <Button kind="quiet" onClick={() => saveText(premiereMarkers(listed()), '-markers.xml')}>
        {t('times.premiere')}
      </Button>
      <Button kind="quiet" onClick={() => saveText(resolveMarkers(listed()), '-markers.edl')}>
        {t('times.resolve')}
      </Button>
    </Menu>
  );
}
