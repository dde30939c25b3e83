import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from "react";
import "./Field.css";

interface Told {
  label: string;
  hint?: ReactNode;
  /** What is wrong with what was entered. */
  error?: string | undefined;
}

type Describe = (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;

function Field({ label, hint, error, children }: Told & { children: Describe }) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, ...(note ? { "aria-describedby": `${id}-note` } : {}), ...(error ? { "aria-invalid": true } : {}) })}
      {note && (
        <p id={`${id}-note`} className={error ? "field-error" : "field-hint"}>
          {note}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, ...input }: Told & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => <input className="input" {...ids} {...input} />}
    </Field>
  );
}

export function TextArea({ label, hint, error, ...input }: Told & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => <textarea className="input" {...ids} {...input} />}
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

/** Something that is on or off, and changes at once. */
export function Switch({
  label,
  on,
  onChange,
  disabled,
}: {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <label className="switch">
      <span>{label}</span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}

/** One of a few, all of them shown. */
export function Choice<T extends string | number>(props: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  /** Shows the label to all, not only to screen readers. */
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
