/** Words of choosing frames that are fetched with it. */
import { speaker } from '../words';

export const english = {
  'preset.save': 'Save as preset',
  'preset.name': 'Name of the preset',
  'preset.hint': 'Kept in this browser until you log out.',
  'preset.rename': 'Rename “{name}”',
  'preset.delete': 'Delete “{name}”',
  'preset.deleteTitle': 'Delete the preset?',
  'preset.deleteText': '“{name}” is forgotten. Frames that were extracted with it stay.',
  'player.open': 'Find frames in the video',
  'player.close': 'Close the player',
  save: 'Save',
  choices: 'Recipes',
  add: 'Another recipe',
  remove: 'Remove this recipe',
  unfinished: 'unfinished',
  extractAll: 'Extract {n} recipes',
} as const;

export const portuguese: { readonly [Key in keyof typeof english]: string } = {
  'preset.save': 'Salvar como predefinição',
  'preset.name': 'Nome da predefinição',
  'preset.hint': 'Fica neste navegador até você sair.',
  'preset.rename': 'Renomear “{name}”',
  'preset.delete': 'Excluir “{name}”',
  'preset.deleteTitle': 'Excluir a predefinição?',
  'preset.deleteText': '“{name}” é esquecida. Os quadros extraídos com ela ficam.',
  'player.open': 'Achar quadros no vídeo',
  'player.close': 'Fechar o player',
  save: 'Salvar',
  choices: 'Receitas',
  add: 'Outra receita',
  remove: 'Remover esta receita',
  unfinished: 'inacabada',
  extractAll: 'Extrair {n} receitas',
};

export const own = speaker(english, portuguese);
