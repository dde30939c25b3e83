import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "../router/router";
import "./Button.css";
import { Icon, type IconName } from "./Icon";

export interface Look {
  /** There is one primary button per page; danger is for actions that cannot be undone. */
  look?: "primary" | "plain" | "quiet" | "danger";
  size?: "small" | "medium" | "large";
  icon?: IconName;
}

const classes = ({ look = "plain", size = "medium" }: Look) => `button button-${look} button-${size}`;

type ButtonProps = Look & ButtonHTMLAttributes<HTMLButtonElement> & { busy?: boolean; children?: ReactNode };

/** A button. While busy, it says so and does nothing. */
export function Button({ look, size, icon, busy = false, children, onClick, className = "", ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`${classes({ look, size } as Look)} ${className}`}
      aria-busy={busy}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {icon && <Icon name={icon} size={20} />}
      {children}
    </button>
  );
}

type ButtonLinkProps = Look & AnchorHTMLAttributes<HTMLAnchorElement> & { href: string };

/** A link that looks like a button. */
export function ButtonLink({ look, size, icon, children, className = "", ...rest }: ButtonLinkProps) {
  return (
    <Link className={`${classes({ look, size } as Look)} ${className}`} {...rest}>
      {icon && <Icon name={icon} size={20} />}
      {children}
    </Link>
  );
}

type IconButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { icon: IconName; label: string };

/** A button with only an icon; the label is its accessible name and tooltip. */
export function IconButton({ icon, label, className = "", ...rest }: IconButtonProps) {
  return (
    <button type="button" className={`icon-button ${className}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}
