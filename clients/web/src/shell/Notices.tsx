import type { Fault } from "@dongbaejul/client";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";
import { useWords } from "../language/language";
import { IconButton } from "../ui/Button";
import { FaultNote } from "../ui/State";
import { shellWords } from "./words";
import "./Notices.css";

const shownMs = 8000;

const NoticeContext = createContext<(fault: Fault) => void>(() => undefined);

/** Shows failures of actions that have no place of their own to show them. */
export function Notices({ children }: { children: ReactNode }) {
  const words = useWords(shellWords);
  const [fault, setFault] = useState<Fault>();
  useEffect(() => {
    if (!fault) return;
    const timer = setTimeout(() => setFault(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [fault]);
  return (
    <NoticeContext value={useCallback((told) => setFault(told), [])}>
      {children}
      {fault && (
        <div className="notices">
          <FaultNote fault={fault}>
            <IconButton icon="close" label={words.close} onClick={() => setFault(undefined)} />
          </FaultNote>
        </div>
      )}
    </NoticeContext>
  );
}

/** Returns a function that shows a failure to the user. */
export function useNotice(): (fault: Fault) => void {
  return useContext(NoticeContext);
}
