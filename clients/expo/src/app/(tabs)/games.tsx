import { GameStatus } from "@dongbaejul/client";
import type { GameView } from "@dongbaejul/client";
import { useGames } from "@dongbaejul/client/react";
import { useMemo } from "react";
import { GameRow } from "../../parts/games";
import { dateOf, day } from "../../time";
import { Card, Section } from "../../ui/Card";
import { Screen } from "../../ui/Screen";
import { Empty, Loaded, Problem } from "../../ui/State";

/** The games being played and those to come, by day. */
export default function Games() {
  const list = useGames();
  const sections = useMemo(() => sectionsOf(list.games), [list.games]);
  return (
    <Screen>
      {list.isLoaded && <Problem fault={list.error} />}
      <Loaded of={list} isEmpty={sections.length === 0} empty={<Empty icon="calendar-outline">아직 잡힌 경기가 없어요.</Empty>}>
        {sections.map(([title, views]) => (
          <Section key={title} title={title}>
            <Card>
              {views.map((view, i) => (
                <GameRow key={view.id} view={view} first={i === 0} />
              ))}
            </Card>
          </Section>
        ))}
      </Loaded>
    </Screen>
  );
}

function sectionsOf(views: readonly GameView[]): [title: string, views: GameView[]][] {
  const sections = new Map<string, GameView[]>();
  const add = (title: string, view: GameView) => sections.set(title, [...(sections.get(title) ?? []), view]);
  const by = (...statuses: GameStatus[]) => views.filter(({ shown }) => statuses.includes(shown.status));
  by(GameStatus.ONGOING).forEach((view) => add("진행 중", view));
  by(GameStatus.SCHEDULED).forEach((view) => add(day(dateOf(view.shown.gameDate)), view));
  by(GameStatus.COMPLETED, GameStatus.CANCELLED).forEach((view) => add("끝난 경기", view));
  return [...sections];
}
