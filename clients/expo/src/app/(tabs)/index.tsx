import { CourtStatus, GameStatus } from "@dongbaejul/client";
import type { Client, Court, GameView } from "@dongbaejul/client";
import { useClient, useConnection, useGames, useMe, useUserId } from "@dongbaejul/client/react";
import { useCallback, useMemo } from "react";
import { View } from "react-native";
import { GameRow } from "../../parts/games";
import { useLoad } from "../../parts/useLoad";
import { Badge, Card, Section } from "../../ui/Card";
import { Screen } from "../../ui/Screen";
import { Empty, Loaded, Problem } from "../../ui/State";
import { Text } from "../../ui/Text";
import { courtStatuses } from "../../words";

/** The board: what is played now, the courts, and what comes next. */
export default function Board() {
  const client = useClient<Client>();
  const userId = useUserId();
  const me = useMe();
  const list = useGames();
  const { status } = useConnection();
  const courts = useLoad(useCallback((signal: AbortSignal) => client.games.listCourts({}, { signal }), [client]));
  const { live, mine, open } = useMemo(() => {
    const scheduled = list.games.filter(({ shown }) => shown.status === GameStatus.SCHEDULED);
    const isIn = ({ shown }: GameView) => [...shown.participants, ...shown.waitingList].some((person) => person.userId === userId);
    return {
      live: list.games.filter(({ shown }) => shown.status === GameStatus.ONGOING),
      mine: scheduled.filter(isIn).slice(0, 3),
      open: scheduled.filter((view) => !isIn(view)).slice(0, 5),
    };
  }, [list.games, userId]);
  return (
    <Screen onRefresh={courts.reload} isRefreshing={courts.isLoading && courts.isLoaded}>
      {me && <Text color="soft">{`${me.displayName} 님, 안녕하세요!`}</Text>}
      <Section title="지금 경기">
        <Loaded of={list} isEmpty={live.length === 0} empty={<Card><Empty icon="time-outline">지금 진행 중인 경기가 없어요.</Empty></Card>}>
          <Rows views={live} />
        </Loaded>
      </Section>
      {(courts.isLoaded || status === "open") && (
        <Section title="코트">
          <Problem fault={courts.error} onRetry={courts.reload} />
          <Courts courts={courts.value?.courts ?? []} live={live} />
        </Section>
      )}
      {mine.length > 0 && (
        <Section title="내 다음 경기">
          <Rows views={mine} />
        </Section>
      )}
      {open.length > 0 && (
        <Section title="참가할 수 있는 경기">
          <Rows views={open} />
        </Section>
      )}
    </Screen>
  );
}

function Rows({ views }: { views: readonly GameView[] }) {
  return (
    <Card>
      {views.map((view, i) => (
        <GameRow key={view.id} view={view} first={i === 0} />
      ))}
    </Card>
  );
}

/** The courts. Whether one is being played on is known from the games, which are live. */
function Courts({ courts, live }: { courts: readonly Court[]; live: readonly GameView[] }) {
  return (
    <View style={{ flexDirection: "row", flexWrap: "wrap", gap: 10 }}>
      {courts.map((court) => {
        const game = live.find(({ shown }) => shown.courtId === court.id);
        const idle = court.status === CourtStatus.MAINTENANCE ? court.status : CourtStatus.AVAILABLE;
        const status = game ? CourtStatus.PLAYING : idle;
        return (
          <Card key={court.id} style={{ flexGrow: 1, flexBasis: "45%", padding: 14, gap: 6 }}>
            <Text bold>{court.name}</Text>
            <Badge tone={status === CourtStatus.AVAILABLE ? "accent" : status === CourtStatus.MAINTENANCE ? "warn" : "plain"}>{courtStatuses[status]}</Badge>
          </Card>
        );
      })}
    </View>
  );
}
