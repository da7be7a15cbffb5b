import './routes'; // first: it takes the tokens of mails out of the address
import './ui/tokens.css';
import './ui/base.css';
import './ui/parts.css';
import './ui/overlays.css';
import './app.css';
import './accounts/accounts.css';
import './settings/settings.css';
import './library/library.css';
import './compose/compose.css';
import './video/video.css';
import './keys/keys.css';
import { render } from 'preact';
import { App } from './app';
import { startSession } from './session/session';
import { followVersions } from './version';
import { learnToSpeak } from './words';

const AGAIN_MS = 5000;

async function start(): Promise<void> {
  try {
    await learnToSpeak();
  } catch {
    setTimeout(start, AGAIN_MS);
    return;
  }
  const page = document.getElementById('page');
  if (page !== null) render(<App />, page);
  void startSession();
  followVersions();
}

void start();
