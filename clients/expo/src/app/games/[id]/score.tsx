import { GameStatus } from "@dongbaejul/client";
import type { Game, GameView } from "@dongbaejul/client";
import { useGame, useOutboxActions } from "@dongbaejul/client/react";
import { Stack, useLocalSearchParams, useRouter } from "expo-router";
import { useState } from "react";
import { Pressable, useWindowDimensions, View } from "react-native";
import { useSafeAreaInsets } from "react-native-safe-area-context";
import { ConnectionBar } from "../../../parts/ConnectionBar";
import { Pending } from "../../../parts/Pending";
import { currentSet, gameWinner, namesOf, pointBack, pointFor, pointsOf, setsWon, sides } from "../../../scoring";
import type { SetPoints, Side } from "../../../scoring";
import { Button } from "../../../ui/Button";
import { Screen } from "../../../ui/Screen";
import { Loading, Problem } from "../../../ui/State";
import { Text } from "../../../ui/Text";
import { useTheme } from "../../../ui/theme";

/** Scoring by the court: a tap on a side is its point. Taps wait for the network, in their order. */
export default function Scoring() {
  const { id } = useLocalSearchParams<{ id: string }>();
  const router = useRouter();
  const { game: view, error, reload } = useGame(id);
  if (!view) {
    return <Screen>{error ? <Problem fault={error} onRetry={() => void reload()} /> : <Loading />}</Screen>;
  }
  if (view.shown.status !== GameStatus.ONGOING) {
    return (
      <Screen footer={<Button look="primary" title="경기로 돌아가기" onPress={() => router.back()} />}>
        <Pending items={view.pending} />
        <Text>{view.shown.status === GameStatus.COMPLETED ? "경기가 끝났어요. 수고하셨어요!" : "지금은 점수를 기록할 수 없어요."}</Text>
      </Screen>
    );
  }
  return <Sheet view={view} />;
}

function Sheet({ view }: { view: GameView }) {
  const theme = useTheme();
  const insets = useSafeAreaInsets();
  const { width, height } = useWindowDimensions();
  const outbox = useOutboxActions();
  const [taps, setTaps] = useState<readonly Side[]>([]);
  const [isSwapped, setSwapped] = useState(false);
  const game = view.shown;
  const score = (points: SetPoints | undefined) =>
    points && outbox.add({ kind: "update_score", gameId: game.id, expectedVersion: view.game.version, ...points });
  const last = taps.at(-1);
  const back = (last !== undefined && pointBack(game, last)) || sides.map((side) => pointBack(game, side)).find(Boolean);
  const order = isSwapped ? [...sides].reverse() : sides;
  const waiting = view.pending.filter(({ state }) => state === "queued" || state === "sending").length;
  const failed = view.pending.filter(({ state }) => state === "failed");
  return (
    <View style={{ flex: 1, backgroundColor: theme.ground }}>
      <Stack.Screen options={{ title: game.courtName ? `${game.courtName} 점수` : "점수 기록" }} />
      <ConnectionBar />
      {failed.length > 0 && (
        <View style={{ padding: 12, gap: 8 }}>
          <Pending items={failed} />
        </View>
      )}
      <View style={{ flex: 1, flexDirection: width > height ? "row" : "column", gap: 8, padding: 8 }}>
        {order.map((side) => (
          <SideButton
            key={side}
            game={game}
            side={side}
            onPress={() => {
              if (score(pointFor(game, side))) {
                setTaps([...taps, side]);
              }
            }}
          />
        ))}
      </View>
      <View style={{ padding: 12, paddingBottom: 12 + insets.bottom, gap: 10, backgroundColor: theme.surface }}>
        <Text kind="small" color="soft" style={{ textAlign: "center" }} accessibilityLiveRegion="polite">
          {`${(game.scoring?.bestOf ?? 1) > 1 ? `${currentSet(game).setNumber}세트 · ` : ""}${waiting > 0 ? `보내는 중 ${waiting}` : "저장했어요"}`}
        </Text>
        {gameWinner(game) !== undefined && (
          <Button look="primary" icon="trophy-outline" title="경기 끝내기" onPress={() => outbox.add({ kind: "complete_game", gameId: game.id })} />
        )}
        <View style={{ flexDirection: "row", gap: 10 }}>
          <Button
            style={{ flex: 1 }}
            icon="arrow-undo-outline"
            title="되돌리기"
            disabled={!back}
            onPress={() => {
              score(back || undefined);
              setTaps(taps.slice(0, -1));
            }}
          />
          <Button style={{ flex: 1 }} icon="swap-vertical-outline" title="코트 교대" onPress={() => setSwapped(!isSwapped)} />
        </View>
      </View>
    </View>
  );
}

function SideButton({ game, side, onPress }: { game: Game; side: Side; onPress: () => void }) {
  const theme = useTheme();
  const winner = gameWinner(game);
  const points = pointsOf(currentSet(game), side);
  return (
    <Pressable
      accessibilityRole="button"
      accessibilityLabel={`${namesOf(game, side)}, ${points}점`}
      accessibilityHint="1점을 더해요"
      disabled={winner !== undefined}
      onPress={onPress}
      style={({ pressed }) => ({
        flex: 1,
        borderRadius: 24,
        alignItems: "center",
        justifyContent: "center",
        padding: 12,
        backgroundColor: side === sides[0] ? theme.team1 : theme.team2,
        opacity: pressed ? 0.8 : winner !== undefined && winner !== side ? 0.5 : 1,
      })}
    >
      <Text bold kind="large" style={{ color: "#ffffff", textAlign: "center" }}>
        {namesOf(game, side)}
      </Text>
      <Text bold style={{ color: "#ffffff", fontSize: 112, lineHeight: 128, fontVariant: ["tabular-nums"] }} maxFontSizeMultiplier={1}>
        {points}
      </Text>
      <Text style={{ color: "#ffffff" }}>{winner === side ? "승리" : (game.scoring?.bestOf ?? 1) > 1 ? `세트 ${setsWon(game, side)}` : " "}</Text>
    </Pressable>
  );
}
