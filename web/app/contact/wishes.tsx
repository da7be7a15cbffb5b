import { Check, Field, Select } from '../ui/field';
import { number, t } from '../words';
import { MOST_COLUMNS, type Wish } from './wish';
import { words } from './words';

interface WishesProps {
  wish: Wish;
  /** Whether a page has room for what is wanted. */
  isPlanned: boolean;
  change: (fields: Partial<Wish>) => void;
}

export function Wishes({ wish, isPlanned, change }: WishesProps) {
  const { format, columns, name, sha256, cover } = wish;
  return (
    <>
      <div class="two-fields">
        <Select<Wish['format']>
          label={t('output.format')}
          value={format}
          options={[
            ['pdf', words('contact.pdf')],
            ['jpg', words('contact.jpg')],
          ]}
          onValue={(value) => change({ format: value })}
        />
        <Field
          label={words('contact.columns')}
          name="columns"
          inputMode="numeric"
          value={columns}
          onValue={(value) => change({ columns: value })}
          error={isPlanned ? null : words('contact.columnsRange', { most: number(MOST_COLUMNS) })}
        />
      </div>
      <div>
        <Check
          label={words('contact.name')}
          checked={name}
          onChecked={(checked) => change({ name: checked })}
        />
        <Check
          label={words('contact.sha256')}
          checked={sha256}
          onChecked={(checked) => change({ sha256: checked })}
        />
        {format === 'pdf' && (
          <Check
            label={words('contact.cover')}
            hint={words('contact.coverHint')}
            checked={cover}
            onChecked={(checked) => change({ cover: checked, sha256: checked || sha256 })}
          />
        )}
      </div>
    </>
  );
}
