/** The shuttlecock. */
export function Logo({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <rect width="64" height="64" rx="15" fill="var(--accent)" />
      <g transform="rotate(38 32 32)" fill="none" stroke="var(--on-accent)" strokeWidth="3.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M25 42 18.500 13M32 42V10M39 42l6.500-29" />
        <path d="M18.500 13q3.400-4.500 6.700-1 3.400-4.500 6.800-2 3.400-2.500 6.800 2 3.300-3.500 6.700 1" />
        <path d="M21.500 27.500h21" />
        <path d="M24 42h16v3.500a8 8 0 0 1-16 0z" fill="var(--on-accent)" />
      </g>
    </svg>
  );
}
