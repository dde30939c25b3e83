import type { Fault } from "@dongbaejul/client";
import type { ReactNode } from "react";
import type { Action } from "../club/useAction";
import { useWords } from "../language/language";
import { Button } from "./Button";
import { FaultNote } from "./State";
import { uiWords } from "./words";
import "./Dialog.css";

interface FormProps {
  action: Action<[]>;
  /** The label of the button that submits the form. */
  submit: string;
  /** Called to leave a form that is a part of a page or dialog. The form of a page of its own has none. */
  onCancel?: () => void;
  /** Whether it cannot be submitted yet. */
  incomplete?: boolean;
  children: ReactNode;
}

/** A form that runs an action when it is submitted, and shows why it failed. */
export function Form({ action, submit, onCancel, incomplete = false, children }: FormProps) {
  const words = useWords(uiWords);
  const button = (
    <Button type="submit" look="primary" size={onCancel ? "medium" : "large"} busy={action.busy} disabled={incomplete}>
      {submit}
    </Button>
  );
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void action.run();
      }}
    >
      {/* The form is closed on success: what is typed until then would be lost. */}
      <fieldset className="stack" disabled={action.busy}>
        {children}
      </fieldset>
      <FaultNote fault={action.fault} />
      {onCancel ? (
        <div className="dialog-actions">
          <Button onClick={onCancel}>{words.cancel}</Button>
          {button}
        </div>
      ) : (
        button
      )}
    </form>
  );
}

/** Returns what the server found wrong with a field of the request. */
export function fieldError(fault: Fault | undefined, field: string): string | undefined {
  return fault?.kind === "invalid" ? fault.fields.find((violation) => violation.field === field)?.message : undefined;
}
