import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { explain } from '../api/problems';
import { Button } from '../ui/button';
import { Confirm } from '../ui/dialog';
import { isOnline } from '../ui/online';
import type { Upload, UploadState } from '../upload/upload';
import { startAgain } from '../upload/uploads';
import { bytes, percent, span, t } from '../words';
import { composeFor } from './composing';
import { ACCEPT, chosenFiles, pickFiles } from './files';
import { posterOf } from './posters';
import { Row } from './row';

const MOVING: readonly UploadState['kind'][] = ['sending', 'elsewhere'];

/** A file on its way. */
export function UploadRow({ upload }: { upload: Upload }) {
  const isAsking = useSignal(false);
  const { name, size } = upload.record;
  const state = upload.state.value;
  const poster = posterOf(upload.key);
  const share = size === 0 ? 0 : upload.sent.value / size;
  const isStill = !MOVING.includes(state.kind) || !isOnline.value;
  return (
    <Row
      name={name}
      poster={
        <>
          {poster !== undefined && <img src={poster} alt="" />}
          <span class="poster-figures figures" aria-hidden="true">
            {percent(share)}
          </span>
        </>
      }
      line={uploadWords(upload)}
      isProblem={PROBLEMS.includes(state.kind)}
      actions={
        <>
          <UploadActions upload={upload} />
          <Button
            kind="quiet"
            icon="close"
            iconOnly
            small
            onClick={() => {
              isAsking.value = true;
            }}
          >
            {t('upload.cancel', { name })}
          </Button>
        </>
      }
    >
      <div
        class={`progress ${isStill ? 'still' : ''}`}
        role="progressbar"
        aria-label={t('upload.progress', { name })}
        aria-valuenow={Math.round(100 * share)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <div style={{ inlineSize: `${100 * share}%` }} />
      </div>
      {isAsking.value && (
        <Confirm
          title={t('upload.cancelTitle')}
          text={t('upload.cancelText', { name })}
          action={t('upload.cancelAction')}
          onConfirm={() => void upload.cancel()}
          onClose={() => {
            isAsking.value = false;
          }}
        />
      )}
    </Row>
  );
}

const PROBLEMS: readonly UploadState['kind'][] = ['failed', 'another-file', 'gone', 'unreachable'];

/** What an upload is doing, or what it needs. */
export function uploadWords(upload: Upload): string {
  const state = upload.state.value;
  const { name, size } = upload.record;
  const [sent, all] = [bytes(upload.sent.value), bytes(size)];
  switch (state.kind) {
    case 'sending':
      if (!isOnline.value) return t('upload.offline');
      return upload.left.value === null
        ? t('upload.sendingOnly', { sent, size: all })
        : t('upload.sending', { sent, size: all, left: span(upload.left.value) });
    case 'needs-file':
      return t('upload.needsFile', { name, done: sent });
    case 'needs-permission':
      return t('upload.needsPermission', { name });
    case 'waiting':
      return isOnline.value
        ? t('upload.waiting', { why: explain(state.error) })
        : t('upload.offline');
    case 'failed':
      return explain(state.error);
    case 'unreachable':
      return t('upload.unreachable', { host: state.host });
    case 'done':
      return t('upload.finishing');
    default:
      return t(`upload.${state.kind}`);
  }
}

function UploadActions({ upload }: { upload: Upload }) {
  const { kind } = upload.state.value;
  return (
    <>
      {PAUSABLE.includes(kind) && (
        <Button small icon="pause" onClick={() => upload.pause()}>
          {t('upload.pause')}
        </Button>
      )}
      {kind === 'paused' && (
        <Button small icon="play" onClick={() => upload.resume()}>
          {t('upload.resume')}
        </Button>
      )}
      {kind === 'needs-permission' && (
        <Button small kind="primary" onClick={() => upload.allow()}>
          {t('upload.continue')}
        </Button>
      )}
      {(kind === 'needs-file' || kind === 'another-file') && <ChooseAgain upload={upload} />}
      {kind === 'failed' && (
        <Button small icon="retry" onClick={() => upload.resume()}>
          {t('retry')}
        </Button>
      )}
      {kind === 'gone' && upload.file !== null && (
        <Button small icon="retry" onClick={() => startAgain(upload)}>
          {t('upload.again')}
        </Button>
      )}
      {kind === 'unreachable' && (
        <Button small kind="primary" onClick={() => upload.sendThroughApi()}>
          {t('upload.throughApi')}
        </Button>
      )}
      {upload.choice.value === null && CHOOSING.includes(kind) && (
        <Button
          small
          kind={kind === 'arrived' ? 'primary' : 'plain'}
          onClick={() => composeFor([upload])}
        >
          {t('upload.choose')}
        </Button>
      )}
    </>
  );
}

const PAUSABLE: readonly UploadState['kind'][] = ['queued', 'sending', 'waiting'];
const CHOOSING: readonly UploadState['kind'][] = [
  'queued',
  'reading',
  'sending',
  'paused',
  'arrived',
  'waiting',
];

function ChooseAgain({ upload }: { upload: Upload }): ComponentChildren {
  const input = useRef<HTMLInputElement>(null);
  const choose = async () => {
    const picked = await pickFiles(false);
    if (picked === null) input.current?.click();
    else if (picked[0]) await upload.giveFile(picked[0].file, picked[0].handle);
  };
  return (
    <>
      <Button small kind="primary" onClick={() => void choose()}>
        {t('upload.chooseFile')}
      </Button>
      <input
        ref={input}
        class="unseen"
        type="file"
        accept={ACCEPT}
        tabIndex={-1}
        aria-hidden="true"
        data-testid="file-again"
        onChange={(event) => {
          const [chosen] = chosenFiles(event.currentTarget);
          if (chosen) void upload.giveFile(chosen.file);
        }}
      />
    </>
  );
}
