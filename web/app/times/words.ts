/** Words of the lists of times. */
import { speaker } from '../words';

export const english = {
  times: 'Times',
  'times.copy': 'Copy times',
  'times.copyCsv': 'Copy as CSV',
  'times.csv': 'CSV file',
  'times.edl': 'EDL (CMX 3600)',
  'times.premiere': 'Markers for Premiere',
  'times.resolve': 'Markers for Resolve',
} as const;

export const portuguese: { readonly [Key in keyof typeof english]: string } = {
  times: 'Tempos',
  'times.copy': 'Copiar tempos',
  'times.copyCsv': 'Copiar como CSV',
  'times.csv': 'Arquivo CSV',
  'times.edl': 'EDL (CMX 3600)',
  'times.premiere': 'Marcadores para Premiere',
  'times.resolve': 'Marcadores para Resolve',
};

export const words = speaker(english, portuguese);
