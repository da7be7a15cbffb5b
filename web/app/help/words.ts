/** The words of the help. Failures and warnings are told in those of the mails (`phrases.json`). */
import { speaker } from '../words';

export const english = {
  title: 'Help',
  start: 'How it works',
  formats: 'Formats and limits',
  failures: 'When something fails',
  keys: 'Keyboard',
  notices: 'Licenses',

  'start.dropTitle': 'Drop a video',
  'start.drop':
    'Anywhere on the page, or choose files. It is sent at once, in parts: after a reload, a crash or a lost network it goes on with what is missing.',
  'start.chooseTitle': 'Choose which frames',
  'start.choose':
    'One every so many seconds, so many per second, at exact times, each scene, or all. What will come is shown before anything has arrived: previews are your browser’s, the frames themselves are exact.',
  'start.takeTitle': 'Take them',
  'start.take':
    'Thumbnails appear while frames are extracted. Open one, download it, or take all as a ZIP. Other frames of the same video need no second upload.',
  'start.proofTitle': 'Prove what they are',
  'start.proof':
    'The ZIP’s manifest.json has the exact time and the SHA-256 of each frame, the recipe and the engine. Whoever has a frame and the manifest can check it, without an account:',
  'start.check': 'Check frames',
  'start.keptTitle': 'How long they are kept',
  'start.kept':
    'A video and its frames are deleted on the day that stands beside them; a mail says so some days before. You can keep them longer, or delete them at any time.',
  'start.programsTitle': 'For programs',
  'start.programs': 'All of this can be done by API, with keys from the settings:',
  'start.docs': 'API of videos',

  'formats.title': 'What can be read',
  'formats.containers': 'Files',
  'formats.codecs': 'In them',
  'formats.rawTitle': 'Without a container',
  'formats.raw': 'They have no times: their frames are counted.',
  'formats.uncompressed': 'uncompressed video',
  'formats.refused': 'Playlists, and files that open others, are refused.',
  'limits.title': 'Your limits',
  'limits.logIn': 'Log in to see the limits of your account.',
  'limits.upload': 'Largest video',
  'limits.pixels': 'Largest picture',
  'limits.pixelsOf': '{n} million pixels',
  'limits.frames': 'Frames per extraction',
  'limits.archive': 'Largest ZIP',
  'limits.storage': 'Storage',
  'limits.videos': 'Videos',
  'limits.daily': 'Uploads in 24 hours',
  'limits.uploads': 'Uploads at once',
  'limits.running': 'Extractions at once',
  'limits.retention': 'Kept for at most',
  'limits.days': '{n} days',

  'failures.text':
    'The mails say the same. What failed costs nothing of your storage but the video.',
  'failures.warningsTitle': 'Finished, with gaps',
  'failures.warnings':
    'Frames are there, and something is short. Above the frames it is said where.',

  'keys.text': 'Keys of one character act only where nothing is written. Nothing needs them.',

  'notices.text': 'Fotograma itself is under the Apache License 2.0. In this page there is also:',
  'notices.source': 'Source',
  'notices.license': 'License of {name}',
} as const;

export const portuguese: { readonly [Key in keyof typeof english]: string } = {
  title: 'Ajuda',
  start: 'Como funciona',
  formats: 'Formatos e limites',
  failures: 'Quando algo falha',
  keys: 'Teclado',
  notices: 'Licenças',

  'start.dropTitle': 'Solte um vídeo',
  'start.drop':
    'Em qualquer lugar da página, ou escolha arquivos. O envio começa na hora, em partes: depois de recarregar, de uma falha ou sem rede, continua com o que falta.',
  'start.chooseTitle': 'Escolha os quadros',
  'start.choose':
    'Um a cada tantos segundos, tantos por segundo, em tempos exatos, um por cena, ou todos. O que virá aparece antes de qualquer chegada: as prévias são do seu navegador, os quadros são exatos.',
  'start.takeTitle': 'Leve-os',
  'start.take':
    'As miniaturas aparecem durante a extração. Abra uma, baixe-a, ou leve tudo em um ZIP. Outros quadros do mesmo vídeo não precisam de outro envio.',
  'start.proofTitle': 'Prove o que são',
  'start.proof':
    'O manifest.json do ZIP tem o tempo exato e o SHA-256 de cada quadro, a receita e o motor. Quem tem um quadro e o manifesto pode conferi-lo, sem conta:',
  'start.check': 'Conferir quadros',
  'start.keptTitle': 'Por quanto tempo ficam',
  'start.kept':
    'Um vídeo e seus quadros são excluídos no dia indicado ao lado; um e-mail avisa alguns dias antes. Você pode mantê-los por mais tempo, ou excluí-los quando quiser.',
  'start.programsTitle': 'Para programas',
  'start.programs': 'Tudo isso pode ser feito por API, com chaves das configurações:',
  'start.docs': 'API de vídeos',

  'formats.title': 'O que pode ser lido',
  'formats.containers': 'Arquivos',
  'formats.codecs': 'Dentro deles',
  'formats.rawTitle': 'Sem contêiner',
  'formats.raw': 'Não têm tempos: os quadros são contados.',
  'formats.uncompressed': 'vídeo sem compressão',
  'formats.refused': 'Listas de reprodução e arquivos que abrem outros são recusados.',
  'limits.title': 'Seus limites',
  'limits.logIn': 'Entre para ver os limites da sua conta.',
  'limits.upload': 'Maior vídeo',
  'limits.pixels': 'Maior imagem',
  'limits.pixelsOf': '{n} milhões de pixels',
  'limits.frames': 'Quadros por extração',
  'limits.archive': 'Maior ZIP',
  'limits.storage': 'Armazenamento',
  'limits.videos': 'Vídeos',
  'limits.daily': 'Envios em 24 horas',
  'limits.uploads': 'Envios ao mesmo tempo',
  'limits.running': 'Extrações ao mesmo tempo',
  'limits.retention': 'Guardado por no máximo',
  'limits.days': '{n} dias',

  'failures.text':
    'Os e-mails dizem o mesmo. O que falhou só ocupa do seu armazenamento o próprio vídeo.',
  'failures.warningsTitle': 'Concluído, com lacunas',
  'failures.warnings': 'Há quadros, e algo falta. Acima dos quadros está dito onde.',

  'keys.text': 'Teclas de um caractere só agem onde nada se escreve. Nada precisa delas.',

  'notices.text': 'O próprio Fotograma está sob a Licença Apache 2.0. Nesta página há também:',
  'notices.source': 'Código-fonte',
  'notices.license': 'Licença de {name}',
};

export const t = speaker(english, portuguese);
