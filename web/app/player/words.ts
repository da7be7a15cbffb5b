/** The words of the player. */
import { speaker } from '../words';

export const english = {
  label: 'Player',
  video: 'The video',
  frame: 'Frame',
  play: 'Play',
  pause: 'Pause',
  before: 'Frame before',
  next: 'Next frame',
  take: 'Take this frame',
  taken: '{time} is added',
  takenBefore: '{time} is among them already',
  at: '{time} · frame {n} of {total}',
  reading: 'Reading the times of the frames…',
  about:
    'Only the head of this file was read: frames beyond it are stepped through about, not exactly.',
  unplayable:
    'Your browser cannot play this format; Fotograma can. Write the times, or choose otherwise.',
  noTimes:
    'The frames’ times cannot be read here, so that no frame can be taken. It can be played all the same.',
  keys: 'Space plays, ← and → go from frame to frame, with Shift by seconds; Enter takes the frame.',
} as const;

export const portuguese: { readonly [Key in keyof typeof english]: string } = {
  label: 'Player',
  video: 'O vídeo',
  frame: 'Quadro',
  play: 'Reproduzir',
  pause: 'Pausar',
  before: 'Quadro anterior',
  next: 'Próximo quadro',
  take: 'Levar este quadro',
  taken: '{time} foi acrescentado',
  takenBefore: '{time} já está entre eles',
  at: '{time} · quadro {n} de {total}',
  reading: 'Lendo os tempos dos quadros…',
  about: 'Só o começo deste arquivo foi lido: além dele, os passos são aproximados, não exatos.',
  unplayable:
    'Seu navegador não abre este formato; o Fotograma abre. Escreva os tempos, ou escolha de outro modo.',
  noTimes:
    'Os tempos dos quadros não podem ser lidos aqui, e nenhum quadro pode ser levado. Ainda assim pode ser reproduzido.',
  keys: 'Espaço reproduz, ← e → vão de quadro em quadro, com Shift por segundos; Enter leva o quadro.',
};

export const t = speaker(english, portuguese);
