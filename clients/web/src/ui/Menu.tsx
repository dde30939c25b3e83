import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { IconButton } from "./Button";
import { Icon, type IconName } from "./Icon";
import "./Menu.css";

export interface MenuItem {
  icon: IconName;
  text: string;
  danger?: boolean;
  onChoose: () => void;
}

/** A menu of further actions, behind a button. */
export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const items = root.current?.querySelector<HTMLElement>(".menu-items");
    if (!items) return;
    // It is beside its button, unless it would be cut off there.
    const { left, right } = items.getBoundingClientRect();
    items.style.translate = `${Math.max(0, -left) - Math.max(0, right - document.documentElement.clientWidth)}px`;
  }, [open]);
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>(".menu-items button")?.focus();
    const leave = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    return () => {
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>(".icon-button")?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the buttons in it
    <div
      ref={root}
      className="menu"
      onKeyDown={(event) => {
        if (!open) return;
        if (event.key === "Escape") close();
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const buttons = [...(root.current?.querySelectorAll<HTMLElement>(".menu-items button") ?? [])];
        const at = buttons.indexOf(document.activeElement as HTMLElement);
        buttons[(at + step + buttons.length) % buttons.length]?.focus();
      }}
    >
      <IconButton icon="more" label={label} aria-expanded={open} onClick={() => setOpen(!open)} />
      {open && (
        <ul className="menu-items">
          {items.map(({ icon, text, danger, onChoose }) => (
            <li key={text}>
              <button
                type="button"
                className={danger ? "menu-danger" : ""}
                onClick={() => {
                  close();
                  onChoose();
                }}
              >
                <Icon name={icon} size={20} />
                {text}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
