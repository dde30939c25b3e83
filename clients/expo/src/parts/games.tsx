import { GameStatus } from "@dongbaejul/client";
import type { Game, GameView } from "@dongbaejul/client";
import { useUserId } from "@dongbaejul/client/react";
import { useRouter } from "expo-router";
import { View } from "react-native";
import { currentSet, namesOf, pointsOf, setsWon, sides } from "../scoring";
import { dayAndClock } from "../time";
import { Badge, Row } from "../ui/Card";
import { Text } from "../ui/Text";
import { size } from "../ui/theme";
import { gameTypes, skills, stateOf } from "../words";

/** A game as a line of a list: its score while it is played and after that, else who is in it. */
export function GameRow({ view, first }: { view: GameView; first: boolean }) {
  const router = useRouter();
  const userId = useUserId();
  const game = view.shown;
  const isPlayed = game.status === GameStatus.ONGOING || game.status === GameStatus.COMPLETED;
  return (
    <Row first={first} onPress={() => router.push({ pathname: "/games/[id]", params: { id: game.id } })}>
      <View style={{ flex: 1, gap: 6 }}>
        <View style={{ flexDirection: "row", flexWrap: "wrap", gap: 8, alignItems: "center" }}>
          <Text bold>{game.title}</Text>
          {game.status === GameStatus.ONGOING && <Badge tone="accent">{game.courtName || "진행 중"}</Badge>}
          {game.status !== GameStatus.ONGOING && game.status !== GameStatus.SCHEDULED && <Badge>{stateOf(game)}</Badge>}
          <Mine game={game} userId={userId} />
        </View>
        {isPlayed && game.team1.length > 0 ? (
          <Score game={game} />
        ) : (
          <Text kind="small" color="soft">
            {`${dayAndClock(game.gameDate)} · ${gameTypes[game.gameType]} · ${skills[game.skillLevel]}\n${places(game)}`}
          </Text>
        )}
      </View>
    </Row>
  );
}

/** "4/6명, 대기 2명" */
export function places({ participants, maxParticipants, waitingList }: Game): string {
  return `${participants.length}/${maxParticipants}명${waitingList.length > 0 ? `, 대기 ${waitingList.length}명` : ""}`;
}

/** How the user is in a game. */
function Mine({ game, userId }: { game: Game; userId: string | undefined }) {
  const position = game.waitingList.findIndex((person) => person.userId === userId) + 1;
  if (position > 0) {
    return <Badge tone="warn">{`대기 ${position}번`}</Badge>;
  }
  return game.participants.some((person) => person.userId === userId) ? <Badge tone="accent">참가</Badge> : null;
}

/** Both sides with their points, and their sets where there are several. */
export function Score({ game }: { game: Game }) {
  const set = currentSet(game);
  const hasSets = (game.scoring?.bestOf ?? 1) > 1;
  return (
    <View style={{ gap: 2 }}>
      {sides.map((side) => (
        <View key={side} style={{ flexDirection: "row", alignItems: "center", gap: 10 }}>
          <Text style={{ flex: 1 }} numberOfLines={2}>
            {namesOf(game, side)}
          </Text>
          {hasSets && (
            <Text kind="small" color="soft">
              {`${setsWon(game, side)}세트`}
            </Text>
          )}
          <Text bold color="accent" style={{ fontSize: size.score, lineHeight: 42, minWidth: 46, textAlign: "right", fontVariant: ["tabular-nums"] }}>
            {pointsOf(set, side)}
          </Text>
        </View>
      ))}
    </View>
  );
}
