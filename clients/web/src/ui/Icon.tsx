import type { ReactNode } from "react";

// Drawn on a grid of 24 with a line of 1.8, in the colour of the text around them.
const shapes = {
  board: <path d="M4 5h16v14H4zM12 5v14M4 12h16" />,
  games: (
    <>
      <path d="M9.500 16 7 5M12 16V3.500M14.500 16 17 5M7 5l2.500 1.500L12 3.500l2.500 3L17 5M8.200 10.500h7.600" />
      <path d="M8.500 16h7v1.500a3.500 3.500 0 0 1-7 0z" />
    </>
  ),
  chat: (
    <path d="M4 6.500A1.500 1.500 0 0 1 5.500 5h13A1.500 1.500 0 0 1 20 6.500v8a1.500 1.500 0 0 1-1.500 1.500H11l-4.500 4v-4h-1A1.500 1.500 0 0 1 4 14.500z" />
  ),
  posts: <path d="M6 3.500h9l4 4V20.500H6zM15 3.500v4h4M9 12h7M9 15.500h7M9 8.500h3" />,
  albums: <path d="M4 5h16v14H4zM4 16l4.500-4.500 3.500 3.500 3-3 5 5M15.500 9.500h.01" />,
  person: <path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c.8-3.700 3.700-5.500 7.500-5.500s6.700 1.800 7.500 5.500" />,
  people: (
    <path d="M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 19.500c.6-3.300 3-5 6.500-5s5.900 1.700 6.500 5M15.500 4.800a3.500 3.500 0 0 1 0 6.400M17.500 14.800c2.200.6 3.600 2.200 4 4.700" />
  ),
  bell: <path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15zM10 20.500a2.200 2.200 0 0 0 4 0" />,
  search: <path d="M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.200 15.200 20.500 20.500" />,
  plus: <path d="M12 5v14M5 12h14" />,
  back: <path d="M14.500 5 7.500 12l7 7" />,
  next: <path d="M9.500 5l7 7-7 7" />,
  close: <path d="M6 6l12 12M18 6 6 18" />,
  check: <path d="M5 12.500 10 17.500 19.500 7" />,
  send: <path d="M4 12 20 4.500 15 20l-3.500-6.500zM11.500 13.500 20 4.500" />,
  heart: <path d="M12 20s-7.500-4.600-7.500-10.200A4.300 4.300 0 0 1 12 7.200a4.300 4.300 0 0 1 7.500 2.600C19.500 15.400 12 20 12 20z" />,
  pin: <path d="M9 3.500h6l-.800 6.500 3.300 3.500H6.500L9.800 10zM12 13.500v7" />,
  more: <path d="M5.500 12h.01M12 12h.01M18.500 12h.01" strokeWidth="2.800" />,
  reply: <path d="M9.500 6 4 11.500l5.500 5.500M4.500 11.500H14a6 6 0 0 1 6 6v1" />,
  undo: <path d="M8.500 5 4 9.500l4.500 4.500M4.500 9.500h9.500a5.500 5.500 0 0 1 0 11H10" />,
  clock: <path d="M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500v5l3.500 2" />,
  warning: <path d="M12 4 21 19.500H3zM12 10v4.500M12 17h.01" />,
  offline: (
    <path d="M4 4l16 16M8.500 15.500a5 5 0 0 1 6 -.500M5 12a10 10 0 0 1 4.500-2.600M13.500 9.200A10 10 0 0 1 19 12M2.500 8.500a14 14 0 0 1 4.500-2.700M11 5a14 14 0 0 1 10.500 3.500M12 19h.01" />
  ),
  screen: <path d="M3 5h18v12H3zM8.500 20.500h7M12 17v3.500" />,
  expand: <path d="M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5" />,
  edit: <path d="M4.500 19.500 5.500 15 16 4.500 19.500 8 9 18.500zM13.500 7l3.500 3.500" />,
  swap: <path d="M7 4 3.500 7.500 7 11M4 7.500h16M17 13l3.500 3.500L17 20M20 16.500H4" />,
  phone: <path d="M7 3.500h10v17H7zM11 17.500h2" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

/** A decorative icon beside a text. Its size is in pixels at the default text size, and scales with it. */
export function Icon({ name, size = 24, filled = false }: { name: IconName; size?: number; filled?: boolean }) {
  return (
    <svg
      width={`${size / 16}rem`}
      height={`${size / 16}rem`}
      viewBox="0 0 24 24"
      fill={filled ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {shapes[name]}
    </svg>
  );
}
