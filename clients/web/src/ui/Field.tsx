import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useEffect,
  useId,
  useRef,
} from "react";
import { lengthOf } from "../format/text";
import { numberInWords, wordsOf } from "../language/language";
import { uiWords } from "./words";
import "./Field.css";

interface Told {
  label: string;
  hint?: ReactNode;
  /** Why the entered value is invalid. */
  error?: string | undefined;
}

type Describe = (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;

function Field({ label, hint, error, counter, children }: Told & { counter?: string | undefined; children: Describe }) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {counter && <span className="field-counter number">{counter}</span>}
      {children({ id, ...(note ? { "aria-describedby": `${id}-note` } : {}), ...(error ? { "aria-invalid": true } : {}) })}
      {note && (
        <p id={`${id}-note`} className={error ? "field-error" : "field-hint"} aria-live="polite">
          {note}
        </p>
      )}
    </div>
  );
}

/** Returns what to show about a text's length: a counter close to the limit, and an error above it. */
export function lengthInWords(text: string, max: number): { counter?: string; error?: string } {
  const words = wordsOf(uiWords);
  // Browsers count an emoji as two characters, the server as one.
  const length = text.length > max * 0.9 ? lengthOf(text) : 0;
  if (length <= max * 0.9) return {};
  const counter = `${numberInWords(length)} / ${numberInWords(max)}`;
  if (length <= max) return { counter };
  return {
    counter,
    error: words.tooLong(max, length - max),
  };
}

/**
 * Lets a field hold a text that is too long, and keeps its form from being submitted. The browser's own limit would silently cut
 * pasted text.
 */
function useMaxLength<E extends HTMLInputElement | HTMLTextAreaElement>(value: unknown, max: number | undefined) {
  const field = useRef<E>(null);
  const { counter, error } = max === undefined ? {} : lengthInWords(String(value ?? ""), max);
  useEffect(() => field.current?.setCustomValidity(error ?? ""), [error]);
  return { field, counter, tooLong: error };
}

export function TextField({ label, hint, error, maxLength, ...input }: Told & InputHTMLAttributes<HTMLInputElement>) {
  const { field, counter, tooLong } = useMaxLength<HTMLInputElement>(input.value, maxLength);
  return (
    <Field label={label} hint={hint} error={tooLong ?? error} counter={counter}>
      {(ids) => <input ref={field} className="input" {...ids} {...input} />}
    </Field>
  );
}

export function TextArea({ label, hint, error, maxLength, ...input }: Told & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const { field, counter, tooLong } = useMaxLength<HTMLTextAreaElement>(input.value, maxLength);
  return (
    <Field label={label} hint={hint} error={tooLong ?? error} counter={counter}>
      {(ids) => <textarea ref={field} className="input" {...ids} {...input} />}
    </Field>
  );
}

export function Select({ label, hint, error, children, ...input }: Told & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <select className="input" {...ids} {...input}>
          {children}
        </select>
      )}
    </Field>
  );
}

/** A switch, which takes effect at once. */
export function Switch({
  label,
  hint,
  on,
  onChange,
  disabled,
}: {
  label: string;
  hint?: string;
  on: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <>
      <label className="switch">
        <span>{label}</span>
        <input
          type="checkbox"
          role="switch"
          aria-checked={on}
          {...(hint ? { "aria-describedby": id } : {})}
          checked={on}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
        />
      </label>
      {hint && (
        <p id={id} className="field-hint switch-hint" aria-live="polite">
          {hint}
        </p>
      )}
    </>
  );
}

/** A choice of one among a few options, all of them visible. */
export function Choice<T extends string | number>(props: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  /** Whether the label is visible, and not only for screen readers. */
  labelled?: boolean;
}) {
  const name = useId();
  return (
    <fieldset className="choice">
      <legend className={props.labelled ? "" : "hidden-visually"}>{props.label}</legend>
      <div className="choice-options">
        {props.options.map(([value, text]) => (
          <label key={value} className="choice-option">
            <input type="radio" name={name} checked={value === props.value} onChange={() => props.onChange(value)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
