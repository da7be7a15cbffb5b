/** What the page fetches after its first load. */
import { WaitingCard } from './accounts/card';
import { fetchWorker } from './preflight/preflight';
import { lazy, prefetch, WaitingDialog, WaitingScreen, WaitingUnseen } from './ui/lazy';

const accounts = () => import('./accounts/links');

export const Forgot = lazy(async () => (await accounts()).Forgot, WaitingCard);
export const Reset = lazy(async () => (await accounts()).Reset, WaitingCard);
export const Verify = lazy(async () => (await accounts()).Verify, WaitingCard);
export const Register = lazy(
  async () => (await import('./accounts/register')).Register,
  WaitingCard,
);
export const VideoPage = lazy(
  async () => (await import('./video/video-page')).VideoPage,
  WaitingScreen,
);
export const Compose = lazy(async () => (await import('./compose/compose')).Compose, WaitingDialog);
export const ContactSheet = lazy(
  async () => (await import('./contact/contact-dialog')).ContactDialog,
  WaitingDialog,
);
export const Settings = lazy(
  async () => (await import('./settings/settings')).Settings,
  WaitingScreen,
);
export const KeyList = lazy(async () => (await import('./keys/key-list')).KeyList, WaitingDialog);
export const Help = lazy(async () => (await import('./help/help')).Help, WaitingScreen);
export const Admin = lazy(async () => (await import('./admin/admin')).Admin, WaitingScreen);
export const Check = lazy(async () => (await import('./check/check')).Check, WaitingScreen);
export const Player = lazy(async () => (await import('./player/player')).Player, WaitingUnseen);
export const FirstVisit = lazy(
  async () => (await import('./first-visit/first-visit')).FirstVisit,
  WaitingUnseen,
);

export const prefetchForStrangers = () => prefetch(Register, Forgot);
export const prefetchForUsers = () =>
  prefetch(Compose, { fetchCode: fetchWorker }, VideoPage, Settings, KeyList);
