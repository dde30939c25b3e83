// Counts what React renders in a production build, as its developer tools do.
import type { BrowserContext, Page } from "playwright-core";

interface Fiber {
  alternate: Fiber | null;
  child: Fiber | null;
  sibling: Fiber | null;
  flags: number;
  memoizedProps: Record<string, unknown> | null;
  type: unknown;
}

/** Makes the pages of a context count the renders of components with all of these props. Call it before they are opened. */
export async function countDraws(context: BrowserContext, props: readonly string[]) {
  // The loader of these tests names functions by it.
  await context.addInitScript({ content: "globalThis.__name = (f) => f;" });
  await context.addInitScript((props) => {
    const performedWork = 1;
    const counts = { draws: 0 };
    const drawn = ({ type, memoizedProps }: Fiber) =>
      typeof type === "function" && memoizedProps && props.every((name) => name in memoizedProps);
    const mounted = (fiber: Fiber) => {
      if (drawn(fiber)) counts.draws++;
      for (let child = fiber.child; child; child = child.sibling) mounted(child);
    };
    const updated = (fiber: Fiber, before: Fiber) => {
      if (drawn(fiber) && fiber.flags & performedWork) counts.draws++;
      if (fiber.child === before.child) return;
      for (let child = fiber.child; child; child = child.sibling) {
        if (child.alternate) updated(child, child.alternate);
        else mounted(child);
      }
    };
    Object.assign(globalThis, {
      counts,
      __REACT_DEVTOOLS_GLOBAL_HOOK__: {
        supportsFiber: true,
        renderers: new Map(),
        inject: () => 1,
        checkDCE: () => undefined,
        onCommitFiberUnmount: () => undefined,
        onPostCommitFiberRoot: () => undefined,
        onScheduleFiberRoot: () => undefined,
        onCommitFiberRoot: (_: number, { current }: { current: Fiber }) => {
          if (current.alternate) updated(current, current.alternate);
          else mounted(current);
        },
      },
    });
  }, props);
}

/** Returns how many renders there were since it was asked last. */
export function draws(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { counts } = globalThis as unknown as { counts: { draws: number } };
    const { draws } = counts;
    counts.draws = 0;
    return draws;
  });
}
