import type { Fault } from "@dongbaejul/client";
import type { ReactNode } from "react";
import type { Action } from "../club/useAction";
import { FaultNote } from "./State";

interface FormProps {
  action: Action<[]>;
  /** What is below the inputs: the button that submits the form, among others. */
  buttons: ReactNode;
  children: ReactNode;
}

/** A form that runs an action when it is submitted, and shows why it failed. */
export function Form({ action, buttons, children }: FormProps) {
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
      {buttons}
    </form>
  );
}

/** Returns what the server found wrong with a field of the request. */
export function fieldError(fault: Fault | undefined, field: string): string | undefined {
  return fault?.kind === "invalid" ? fault.fields.find((violation) => violation.field === field)?.message : undefined;
}
