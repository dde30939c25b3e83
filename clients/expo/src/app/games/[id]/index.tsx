import { GameStatus, nameOf } from "@dongbaejul/client";
import type { Client, Game, GameView, Participant } from "@dongbaejul/client";
import { useClient, useGame, useOutboxActions, usePermission, useUserId } from "@dongbaejul/client/react";
import { useLocalSearchParams, useRouter } from "expo-router";
import { useCallback, useState } from "react";
import { View } from "react-native";
import { places, Score } from "../../../parts/games";
import { Pending } from "../../../parts/Pending";
import { useLoad } from "../../../parts/useLoad";
import { gameWinner, namesOf } from "../../../scoring";
import { dayAndClock } from "../../../time";
import { Button } from "../../../ui/Button";
import { Badge, Card, Row, Section } from "../../../ui/Card";
import { Screen } from "../../../ui/Screen";
import { Loading, Problem } from "../../../ui/State";
import { Text } from "../../../ui/Text";
import { gameTypes, skills, stateOf } from "../../../words";

export default function GameScreen() {
  const { id } = useLocalSearchParams<{ id: string }>();
  const { game: view, error, reload } = useGame(id);
  if (!view) {
    return <Screen>{error ? <Problem fault={error} onRetry={() => void reload()} /> : <Loading />}</Screen>;
  }
  const game = view.shown;
  const winner = gameWinner(game);
  return (
    <Screen footer={<Actions view={view} />}>
      <View style={{ gap: 8 }}>
        <Badge tone={game.status === GameStatus.ONGOING ? "accent" : "plain"}>{game.courtName ? `${stateOf(game)} · ${game.courtName}` : stateOf(game)}</Badge>
        <Text bold kind="title" accessibilityRole="header">
          {game.title}
        </Text>
        <Text color="soft">{`${dayAndClock(game.gameDate)} · ${game.duration}분\n${gameTypes[game.gameType]} · ${skills[game.skillLevel]}`}</Text>
        {game.description !== "" && <Text>{game.description}</Text>}
      </View>
      <Pending items={view.pending} />
      {game.team1.length > 0 && (
        <Section title={game.status === GameStatus.SCHEDULED ? "팀" : "점수"}>
          <Card style={{ padding: 16, gap: 10 }}>
            <Score game={game} />
            {game.status === GameStatus.COMPLETED && winner !== undefined && <Badge tone="accent">{`${namesOf(game, winner)} 승리`}</Badge>}
          </Card>
        </Section>
      )}
      <Section title={`참가 ${places(game)}`}>
        <People people={game.participants} empty="아직 참가한 사람이 없어요. 첫 번째로 참가해 보세요!" />
      </Section>
      {game.waitingList.length > 0 && (
        <Section title="대기">
          <People people={game.waitingList} empty="" numbered />
        </Section>
      )}
    </Screen>
  );
}

function People({ people, empty, numbered = false }: { people: readonly Participant[]; empty: string; numbered?: boolean }) {
  const userId = useUserId();
  return (
    <Card>
      {people.length === 0 && (
        <Row first>
          <Text color="soft" style={{ flex: 1 }}>
            {empty}
          </Text>
        </Row>
      )}
      {people.map((person, i) => (
        <Row key={person.userId} first={i === 0}>
          {numbered && (
            <Text bold color="soft">
              {`${i + 1}`}
            </Text>
          )}
          <Text bold={person.userId === userId} style={{ flex: 1 }}>
            {person.userId === userId ? `${nameOf(person)} (나)` : nameOf(person)}
          </Text>
          <Text kind="small" color="soft">
            {skills[person.skillLevel]}
          </Text>
        </Row>
      ))}
    </Card>
  );
}

/** What the user can do now, at the bottom of the screen. */
function Actions({ view }: { view: GameView }) {
  const router = useRouter();
  const userId = useUserId();
  const outbox = useOutboxActions();
  const manages = usePermission("games.manage");
  const [isStarting, setStarting] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const game = view.shown;
  const isIn = game.participants.some((person) => person.userId === userId);
  const isWaiting = game.waitingList.some((person) => person.userId === userId);
  const mayRun = manages || game.creator?.userId === userId || isIn;
  const busy = view.pending.some(({ state, action }) => state === "sending" && (action.kind === "join_game" || action.kind === "leave_game"));

  if (game.status === GameStatus.ONGOING && mayRun) {
    return <Button look="primary" icon="add-circle-outline" title="점수 기록" onPress={() => router.push({ pathname: "/games/[id]/score", params: { id: game.id } })} />;
  }
  if (game.status !== GameStatus.SCHEDULED) {
    return null;
  }
  if (isStarting) {
    return <Start game={game} onDone={() => setStarting(false)} />;
  }
  return (
    <>
      {mayRun && !isLeaving && game.participants.length >= 2 && <Button icon="play-outline" title="경기 시작" onPress={() => setStarting(true)} />}
      {isIn || isWaiting ? (
        <Leave game={game} isWaiting={isWaiting} busy={busy} asking={isLeaving} onAsk={setLeaving} />
      ) : (
        <Button
          look="primary"
          busy={busy}
          title={game.participants.length < game.maxParticipants ? "참가하기" : "대기하기"}
          onPress={() => outbox.add({ kind: "join_game", gameId: game.id })}
        />
      )}
    </>
  );
}

/** Returns a place up, which somebody else may have at once: so it asks. */
function Leave({ game, isWaiting, busy, asking, onAsk }: { game: Game; isWaiting: boolean; busy: boolean; asking: boolean; onAsk: (asking: boolean) => void }) {
  const outbox = useOutboxActions();
  const title = isWaiting ? "대기 취소" : "참가 취소";
  if (!asking) {
    return <Button look="danger" busy={busy} title={title} onPress={() => onAsk(true)} />;
  }
  return (
    <>
      <Text>{game.waitingList.length > 0 && !isWaiting ? "취소하면 대기 1번에게 자리가 바로 넘어가요. 취소할까요?" : "정말 취소할까요?"}</Text>
      <View style={{ flexDirection: "row", gap: 10 }}>
        <Button style={{ flex: 1 }} title="아니요" onPress={() => onAsk(false)} />
        <Button
          style={{ flex: 1 }}
          look="danger"
          title={title}
          onPress={() => {
            outbox.add({ kind: "leave_game", gameId: game.id });
            onAsk(false);
          }}
        />
      </View>
    </>
  );
}

/** Chooses the court and starts. Where no teams are set and just enough have joined, the server sets fair ones. */
function Start({ game, onDone }: { game: Game; onDone: () => void }) {
  const client = useClient<Client>();
  const outbox = useOutboxActions();
  const courts = useLoad(useCallback((signal: AbortSignal) => client.games.listCourts({}, { signal }), [client]));
  const free = courts.value?.courts.filter((court) => !court.game) ?? [];
  return (
    <>
      <Text bold>어느 코트에서 시작할까요?</Text>
      <Problem fault={courts.error} onRetry={courts.reload} />
      {courts.isLoaded && free.length === 0 && <Text color="soft">지금은 빈 코트가 없어요.</Text>}
      <View style={{ flexDirection: "row", flexWrap: "wrap", gap: 10 }}>
        {free.map((court) => (
          <Button
            key={court.id}
            style={{ flexGrow: 1, flexBasis: "40%" }}
            look="primary"
            title={court.name}
            onPress={() => {
              outbox.add({ kind: "start_game", gameId: game.id, courtId: court.id });
              onDone();
            }}
          />
        ))}
      </View>
      <Button title="닫기" onPress={onDone} />
    </>
  );
}
