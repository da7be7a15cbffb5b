/** The words of taking one's data along. */
import { speaker } from '../words';

export const english = {
  title: 'Take my data along',
  text: 'One file (JSON) with your account, sessions, keys without their secrets, mails, and all videos with their recipes and extractions. Videos and frames themselves are in the ZIPs.',
  action: 'Make the file',
  progress: '{n} videos so far…',
} as const;

export const portuguese: { readonly [Key in keyof typeof english]: string } = {
  title: 'Levar meus dados',
  text: 'Um arquivo (JSON) com sua conta, sessões, chaves sem os segredos, e-mails, e todos os vídeos com suas receitas e extrações. Os vídeos e quadros em si estão nos ZIPs.',
  action: 'Fazer o arquivo',
  progress: '{n} vídeos até agora…',
};

export const t = speaker(english, portuguese);
