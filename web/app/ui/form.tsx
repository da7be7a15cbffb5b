import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { explain } from '../api/problems';
import { Note } from './note';

export interface FormState {
  busy: Signal<boolean>;
  error: Signal<unknown>;
}

export function useForm(): FormState {
  return { busy: useSignal(false), error: useSignal<unknown>(null) };
}

/** Do what a form or button is for; what goes wrong is kept to be shown. */
export async function submit({ busy, error }: FormState, work: () => Promise<void>): Promise<void> {
  if (busy.value) return;
  busy.value = true;
  error.value = null;
  try {
    await work();
  } catch (problem) {
    error.value = problem;
  } finally {
    busy.value = false;
  }
}

interface FormProps {
  state: FormState;
  onSubmit: () => Promise<void>;
  children: ComponentChildren;
  id?: string;
}

/** A form whose problem stands above its fields, and takes the focus. */
export function Form({ state, onSubmit, children, id }: FormProps) {
  const summary = useRef<HTMLDivElement>(null);
  return (
    <form
      id={id}
      class="form"
      noValidate
      onSubmit={async (event) => {
        event.preventDefault();
        await submit(state, onSubmit);
        if (state.error.value !== null) summary.current?.focus();
      }}
    >
      <div ref={summary} tabIndex={-1} class="form-summary">
        {state.error.value !== null && <Note kind="problem">{explain(state.error.value)}</Note>}
      </div>
      {children}
    </form>
  );
}
