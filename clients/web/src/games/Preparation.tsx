import { useQuery } from "@connectrpc/connect-query";
import { CourtStatus, type Game, GameService, GameStatus, GameType, type Participant, Team } from "@dongbaejul/client";
import { useClub, useSelected } from "@dongbaejul/client/react";
import { useEffect, useRef, useState } from "react";
import { useAct } from "../club/useAct";
import { nameOf } from "../format/names";
import { useWords, wordsOf } from "../language/language";
import { Button } from "../ui/Button";
import { Choice, Select } from "../ui/Field";
import { Note } from "../ui/State";
import { EndGame } from "./EndGame";
import { type Refusal, refusesStart } from "./rights";
import { useAsker } from "./useAsker";
import { courtStatusWords } from "./words";
import { gamePagesWords } from "./words.pages";

const refusals = {
  not_a_player: "startNotAPlayer",
  not_its_day: "startNotItsDay",
} as const satisfies Record<Refusal, string>;

type Sides = Readonly<Record<string, Team>>;

/** The teams and the court, which are chosen before a game starts. */
export function Preparation({ game }: { game: Game }) {
  const words = useWords(gamePagesWords);
  const act = useAct();
  const [changed, setChanged] = useState<Sides>();
  const sides = changed ?? sidesOf(game);
  const [court, setCourt] = useState("");
  const courts = useFreeCourts();
  const asker = useAsker();

  const size = game.gameType === GameType.SINGLES ? 1 : 2;
  const ids = (side: Team) => game.participants.map((person) => person.userId).filter((id) => sides[id] === side);
  const team1 = ids(Team.TEAM1);
  const team2 = ids(Team.TEAM2);
  const complete = team1.length === size && team2.length === size;
  // The server balances teams that nobody has set where just those who play have joined.
  const balanced = game.team1.length === 0 && team1.length + team2.length === 0 && game.participants.length === 2 * size;
  const ready = complete || balanced;
  const refusal = ready ? refusesStart(game, asker, [...team1, ...team2]) : undefined;

  if (game.participants.length < 2 * size) {
    return <Note icon="people">{words.needed(2 * size)}</Note>;
  }
  const saveTeams = () => {
    if (changed) act({ kind: "set_teams", gameId: game.id, team1, team2 });
    setChanged(undefined);
  };
  const start = () => {
    if (complete) saveTeams();
    act({ kind: "start_game", gameId: game.id, courtId: court });
  };
  return (
    <section className="card stack" aria-labelledby="preparation">
      <div className="section-header">
        <h2 id="preparation">{words.preparation}</h2>
        <Button size="small" look="quiet" icon="swap" onClick={() => setChanged(drawn(game.participants, size))}>
          {words.random}
        </Button>
      </div>
      <ul className="stack">
        {game.participants.map((player) => (
          <li key={player.userId} className="preparation-person">
            <span>{nameOf(player)}</span>
            <Choice
              label={words.teamOf(nameOf(player))}
              value={sides[player.userId] ?? Team.UNSPECIFIED}
              options={[
                [Team.TEAM1, words.team1],
                [Team.TEAM2, words.team2],
                [Team.UNSPECIFIED, words.rest],
              ]}
              onChange={(team) => setChanged({ ...sides, [player.userId]: team })}
            />
          </li>
        ))}
      </ul>
      {!complete && <p className="small soft">{balanced ? words.balanced : words.teamSize(size, team1.length, team2.length)}</p>}
      {refusal && <Note icon="clock">{words[refusals[refusal]]}</Note>}
      <Select label={words.court} value={court} onChange={(event) => setCourt(event.target.value)}>
        <option value="">{words.choose}</option>
        {courts.map(({ id, name, status }) => (
          <option key={id} value={id} disabled={status !== CourtStatus.AVAILABLE}>
            {name} ({wordsOf(courtStatusWords)[status]})
          </option>
        ))}
      </Select>
      <div className="row">
        <Button look="primary" disabled={!ready || court === "" || refusal !== undefined} onClick={start}>
          {words.startGame}
        </Button>
        <Button disabled={!complete || !changed} onClick={saveTeams}>
          {words.saveTeams}
        </Button>
        {game.team1.length > 0 && !refusesStart(game, asker, [...game.team1, ...game.team2]) && <EndGame game={game} />}
      </div>
    </section>
  );
}

function sidesOf(game: Game): Sides {
  return Object.fromEntries([...game.team1.map((id) => [id, Team.TEAM1] as const), ...game.team2.map((id) => [id, Team.TEAM2] as const)]);
}

/** Returns random teams. */
function drawn(people: readonly Participant[], size: number): Sides {
  const left = people.map((person) => person.userId);
  const sides: Record<string, Team> = {};
  for (let i = 0; i < 2 * size; i++) {
    const [id] = left.splice(Math.floor(Math.random() * left.length), 1);
    if (id !== undefined) sides[id] = i % 2 === 0 ? Team.TEAM1 : Team.TEAM2;
  }
  return sides;
}

/** The courts, read again whenever a game starts or ends. */
function useFreeCourts() {
  const playing = useSelected(useClub().games, (list) =>
    list.games
      .filter(({ game }) => game.status === GameStatus.ONGOING)
      .map(({ game }) => game.courtId)
      .join(),
  );
  const { data, refetch } = useQuery(GameService.method.listCourts);
  const asked = useRef(playing);
  useEffect(() => {
    if (asked.current === playing) return;
    asked.current = playing;
    void refetch();
  }, [playing, refetch]);
  return data?.courts ?? [];
}
