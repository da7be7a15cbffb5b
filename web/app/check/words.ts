/** The words of checking frames against a manifest. */
import { speaker } from '../words';

export const english = {
  title: 'Check frames',
  text: 'Drop a ZIP, or frames together with their manifest.json. They are compared here, in your browser: nothing is sent, and no account is needed.',
  drop: 'Drop files anywhere',
  choose: 'Choose files',
  checking: 'Comparing…',
  progress: 'Check',
  cancel: 'Cancel',
  of: 'Of {files}',
  moreFiles: 'and {n} more',

  'all.one': 'It is unchanged: to the byte what the manifest says.',
  'all.other': 'All {n} frames are unchanged: to the byte what the manifest says.',
  'not.altered': 'Not the same: something was changed.',
  'not.added': 'Not the same: something is there that the manifest does not know.',
  'not.missing': 'Not the same: something is missing.',
  'own.text':
    'The ZIP was compared with its own manifest. Whoever changes frames can write another manifest, too: drop the one you kept with it, or compare its SHA-256.',
  other: 'The ZIP’s own manifest is another than the one that was dropped.',
  elsewhere: '{n} other frames of the manifest are not among these files.',

  'verdict.altered': 'Altered',
  'verdict.missing': 'Missing',
  'verdict.added': 'Not in the manifest',
  'verdict.renamed': 'Unchanged, under another name',
  'verdict.unchanged': 'Unchanged',
  'finding.is': '{name} is {frame}',
  more: 'And {n} more.',

  'fact.source': 'Video',
  'fact.recipe': 'Frames',
  'fact.engine': 'Made by',
  'fact.manifest': 'SHA-256 of the manifest',

  'problem.no-zip': '{file} is no ZIP.',
  'problem.cut': '{file} is not whole: its end is missing. Download it again.',
  'problem.compressed':
    '{file} was packed anew by another program. Unpack it, and drop its files with the manifest.',
  'problem.encrypted': '{file} is encrypted. Unpack it, and drop its files with the manifest.',
  'problem.contradictory': '{file} contradicts itself: it is damaged, or was made to deceive.',
  'problem.same-name': '{file} has two files of one name. No ZIP of ours has.',
  'problem.too-many': '{file} has more files than any ZIP of ours.',
  'problem.no-manifest':
    'There is no manifest to compare with. Drop manifest.json, out of the ZIP of all frames, together with the files.',
  'problem.several-manifests': 'These are different manifests. Drop one only.',
  'problem.bad-manifest': 'The manifest of {file} is none of ours, or is damaged.',
  'problem.nothing-to-check': 'There is nothing to compare with the manifest. Drop frames with it.',
  'problem.unreadable': 'Your browser could not read the files. Drop them again.',
} as const;

export const portuguese: { readonly [Key in keyof typeof english]: string } = {
  title: 'Conferir quadros',
  text: 'Solte um ZIP, ou quadros com o manifest.json deles. São comparados aqui, no seu navegador: nada é enviado, e não é preciso ter conta.',
  drop: 'Solte arquivos em qualquer lugar',
  choose: 'Escolher arquivos',
  checking: 'Comparando…',
  progress: 'Conferência',
  cancel: 'Cancelar',
  of: 'De {files}',
  moreFiles: 'e mais {n}',

  'all.one': 'Está inalterado: byte por byte o que o manifesto diz.',
  'all.other': 'Todos os {n} quadros estão inalterados: byte por byte o que o manifesto diz.',
  'not.altered': 'Não é o mesmo: algo foi alterado.',
  'not.added': 'Não é o mesmo: há algo que o manifesto não conhece.',
  'not.missing': 'Não é o mesmo: falta algo.',
  'own.text':
    'O ZIP foi comparado com o próprio manifesto. Quem altera quadros pode escrever também outro manifesto: solte junto o que você guardou, ou compare o SHA-256.',
  other: 'O manifesto do próprio ZIP é outro que não o que foi solto.',
  elsewhere: '{n} outros quadros do manifesto não estão entre estes arquivos.',

  'verdict.altered': 'Alterados',
  'verdict.missing': 'Faltam',
  'verdict.added': 'Fora do manifesto',
  'verdict.renamed': 'Inalterados, com outro nome',
  'verdict.unchanged': 'Inalterados',
  'finding.is': '{name} é {frame}',
  more: 'E mais {n}.',

  'fact.source': 'Vídeo',
  'fact.recipe': 'Quadros',
  'fact.engine': 'Feito por',
  'fact.manifest': 'SHA-256 do manifesto',

  'problem.no-zip': '{file} não é um ZIP.',
  'problem.cut': '{file} está incompleto: falta o fim. Baixe-o de novo.',
  'problem.compressed':
    '{file} foi compactado de novo por outro programa. Descompacte-o e solte os arquivos com o manifesto.',
  'problem.encrypted':
    '{file} está criptografado. Descompacte-o e solte os arquivos com o manifesto.',
  'problem.contradictory': '{file} se contradiz: está danificado, ou foi feito para enganar.',
  'problem.same-name': '{file} tem dois arquivos com o mesmo nome. Nenhum ZIP nosso tem.',
  'problem.too-many': '{file} tem mais arquivos do que qualquer ZIP nosso.',
  'problem.no-manifest':
    'Não há manifesto para comparar. Solte o manifest.json, do ZIP de todos os quadros, junto com os arquivos.',
  'problem.several-manifests': 'São manifestos diferentes. Solte só um.',
  'problem.bad-manifest': 'O manifesto de {file} não é nosso, ou está danificado.',
  'problem.nothing-to-check': 'Não há nada para comparar com o manifesto. Solte quadros com ele.',
  'problem.unreadable': 'Seu navegador não conseguiu ler os arquivos. Solte-os de novo.',
};

export const t = speaker(english, portuguese);
