/** The words of the first visit. */
import { speaker } from '../words';

export const english = {
  title: 'From a video to its frames',
  'drop.name': 'Drop a video',
  'drop.text': 'It is sent at once, and goes on after whatever breaks.',
  'choose.name': 'Choose which frames',
  'choose.text': 'Every second, each scene, exact times: you see which will come.',
  'take.name': 'Take them',
  'take.text': 'One by one, or all in a ZIP with their times and hashes.',
  sample: 'Try it with a sample',
  'sample.text': 'Ten seconds that we have made. Delete them like any other video.',
  'sample.file': 'sample.mp4',
  'sample.failed': 'The sample could not be fetched. Try again, or drop a video of yours.',
  'is.choose': 'Choose the frames you want, and extract them.',
  'is.wait': 'The frames are on their way…',
  'is.take': 'Here they are: open the video to see each frame, or take all as a ZIP.',
  done: 'Close this guide',
  help: 'How it works',
} as const;

export const portuguese: { readonly [Key in keyof typeof english]: string } = {
  title: 'De um vídeo aos quadros',
  'drop.name': 'Solte um vídeo',
  'drop.text': 'O envio começa na hora e continua depois de qualquer interrupção.',
  'choose.name': 'Escolha os quadros',
  'choose.text': 'A cada segundo, por cena, em tempos exatos: você vê quais virão.',
  'take.name': 'Leve-os',
  'take.text': 'Um a um, ou todos em um ZIP com seus tempos e hashes.',
  sample: 'Experimentar com uma amostra',
  'sample.text': 'Dez segundos feitos por nós. Exclua como qualquer outro vídeo.',
  'sample.file': 'amostra.mp4',
  'sample.failed': 'Não foi possível buscar a amostra. Tente de novo ou solte um vídeo seu.',
  'is.choose': 'Escolha os quadros que quer e extraia-os.',
  'is.wait': 'Os quadros estão a caminho…',
  'is.take': 'Aqui estão: abra o vídeo para ver cada quadro, ou leve tudo em um ZIP.',
  done: 'Fechar este guia',
  help: 'Como funciona',
};

export const t = speaker(english, portuguese);
