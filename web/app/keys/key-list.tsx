import { Dialog } from '../ui/dialog';
import { Check } from '../ui/field';
import { type Key, t } from '../words';
import { areLettersOn, turnLetters } from './keys';

type Line = readonly [keys: readonly string[], words: Key];

const PLACES: readonly (readonly [place: Key, lines: readonly Line[]])[] = [
  [
    'shortcuts.everywhere',
    [
      [['?'], 'shortcuts.list'],
      [['/'], 'shortcuts.search'],
      [['N'], 'shortcuts.files'],
      [['G', 'L'], 'shortcuts.library'],
      [['Esc'], 'shortcuts.close'],
    ],
  ],
  [
    'shortcuts.compose',
    [
      [['1', '…', '7'], 'shortcuts.mode'],
      [['Ctrl', 'Enter'], 'shortcuts.extract'],
    ],
  ],
  [
    'shortcuts.grid',
    [
      [['←', '→', '↑', '↓'], 'shortcuts.move'],
      [['Home', 'End'], 'shortcuts.row'],
      [['Ctrl', 'Home'], 'shortcuts.ends'],
      [['PgUp', 'PgDn'], 'shortcuts.rows'],
      [['Enter'], 'shortcuts.open'],
      [['Space'], 'shortcuts.pick'],
      [['Shift', '←', '→', '↑', '↓'], 'shortcuts.extend'],
      [['Ctrl', 'A'], 'shortcuts.all'],
      [['T'], 'shortcuts.goTo'],
      [['+', '−'], 'shortcuts.size'],
      [['D'], 'shortcuts.download'],
      [['C'], 'shortcuts.contact'],
    ],
  ],
  [
    'shortcuts.loupe',
    [
      [['←', '→'], 'shortcuts.step'],
      [['↑', '↓'], 'shortcuts.ten'],
      [['Home', 'End'], 'shortcuts.ends'],
      [['P', 'X', 'U'], 'shortcuts.cull'],
      [['Z'], 'shortcuts.oneToOne'],
      [['Ctrl', 'C'], 'shortcuts.copyPicture'],
      [['Shift', 'C'], 'loupe.copyTime'],
    ],
  ],
  [
    'shortcuts.player',
    [
      [['Space'], 'shortcuts.play'],
      [['←', '→'], 'shortcuts.step'],
      [['Shift', '→'], 'shortcuts.second'],
      [['Home', 'End'], 'shortcuts.ends'],
      [['Enter'], 'shortcuts.take'],
    ],
  ],
];

/** All keys there are, and the switch for those of one character. */
export function KeyList({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('shortcuts.title')} onClose={onClose}>
      <KeyTables />
    </Dialog>
  );
}

export function KeyTables() {
  return (
    <>
      {PLACES.map(([place, lines]) => (
        <section key={place}>
          <h3>{t(place as 'shortcuts.grid')}</h3>
          <dl class="key-list">
            {lines.map(([keys, words]) => (
              <div key={words}>
                <dt>
                  {keys.map((each) => (
                    <kbd key={each}>{each}</kbd>
                  ))}
                </dt>
                <dd>{t(words as 'shortcuts.list')}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <Check
        label={t('shortcuts.letters')}
        hint={t('shortcuts.lettersHint')}
        checked={areLettersOn.value}
        onChecked={turnLetters}
      />
    </>
  );
}
