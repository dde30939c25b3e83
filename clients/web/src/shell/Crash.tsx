import { Component, type ReactNode } from "react";
import { wordsOf } from "../language/language";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { shellWords } from "./words";

/** A page that crashes this soon after a reload is not reloaded automatically. */
const onceIn = 60_000;

/** The browser knows it also where it stores nothing. */
function wasJustReloaded(): boolean {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return navigation?.type === "reload" && performance.now() < onceIn;
}

/** Shows an error instead of a blank page. The first crash reloads the page, which often helps, as after a new version. */
export class Crash extends Component<{ page: string; children: ReactNode }, { brokenPage?: string }> {
  override state: { brokenPage?: string } = {};

  override componentDidCatch() {
    this.setState({ brokenPage: this.props.page });
    // Not offline: there might be no page at all.
    if (navigator.onLine && !wasJustReloaded()) location.reload();
  }

  override render() {
    if (this.state.brokenPage !== this.props.page) return this.props.children;
    const words = wordsOf(shellWords);
    return (
      <main className="state" role="alert">
        <Icon name="warning" size={40} />
        <p className="state-title">{words.crashed}</p>
        <Button onClick={() => location.reload()}>{words.reload}</Button>
      </main>
    );
  }
}
