import { type Game, GameStatus, type GameView, type Participant } from "@dongbaejul/client";
import { useGame, useOnline, useUserId } from "@dongbaejul/client/react";
import { type ReactNode, useState } from "react";
import { useClient } from "../club/client";
import { useAct } from "../club/useAct";
import { useAction } from "../club/useAction";
import { nameOf } from "../format/names";
import { dateOf, duration } from "../format/time";
import { useWords, wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { go, Link } from "../router/router";
import { Ago, At } from "../shell/Ago";
import { Page } from "../shell/Page";
import { Pending } from "../shell/Pending";
import { useUndo } from "../shell/Undo";
import { Avatar } from "../ui/Avatar";
import { Badge } from "../ui/Badge";
import { Button, ButtonLink, IconButton } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Menu, type MenuItem } from "../ui/Menu";
import { Note, Problem } from "../ui/State";
import { Text } from "../ui/Text";
import { rulesInWords } from "./rules";
import { gamesWords, gameTypeWords, skillWords, stateWords } from "./words";
import { gamePagesWords } from "./words.pages";
import "./GamePage.css";
import { EndGame } from "./EndGame";
import { PendingActions } from "./PendingActions";
import { Preparation } from "./Preparation";
import { participant, waitingPosition } from "./people";
import { Result } from "./Result";
import { mayOrganise, mayPrepare, refusesScore } from "./rights";
import { isDecided, Progress, Score } from "./Score";
import { useAsker } from "./useAsker";

/** One game, from sign-up to result. */
export function GamePage({ game: gameId }: { game: string }) {
  const words = useWords(gamePagesWords);
  const { game: view, error, reload } = useGame(gameId);
  if (!view) {
    return (
      <Page title={words.games} parent={pathTo("games")} width="narrow">
        <Pending error={error} onRetry={reload} />
      </Page>
    );
  }
  return (
    <Page
      title={view.shown.title}
      aside={<Badge tone={view.shown.status === GameStatus.ONGOING ? "accent" : "plain"}>{stateWords(view.shown)}</Badge>}
      actions={<Organise view={view} />}
      parent={pathTo("games")}
      width="narrow"
    >
      <PendingActions pending={view.pending} />
      <Stage view={view} />
      <Facts game={view.shown} />
      <People game={view.shown} />
      <Corrections game={view.shown} />
    </Page>
  );
}

function Organise({ view }: { view: GameView }) {
  const words = useWords(gamePagesWords);
  const act = useAct();
  const [asking, setAsking] = useState(false);
  const organise = mayOrganise(view.shown, useAsker());
  const { id, status } = view.shown;
  if (!organise || (status !== GameStatus.SCHEDULED && status !== GameStatus.ONGOING)) return null;
  const items: MenuItem[] = [{ icon: "close", text: words.cancelGame, danger: true, onChoose: () => setAsking(true) }];
  if (status === GameStatus.SCHEDULED)
    items.unshift({ icon: "edit", text: words.edit, onChoose: () => go(pathTo("editGame", { game: id })) });
  return (
    <>
      <Menu label={words.gameMenu} items={items} />
      {asking && (
        <Confirm
          title={words.cancelAsk}
          action={words.cancelGame}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            act({ kind: "cancel_game", gameId: id });
            setAsking(false);
          }}
        >
          <p>{words.cancelNote}</p>
        </Confirm>
      )}
    </>
  );
}

/** What the user can do now. */
function Stage({ view }: { view: GameView }) {
  const words = useWords(gamePagesWords);
  const asker = useAsker();
  const game = view.shown;
  switch (game.status) {
    case GameStatus.SCHEDULED:
      return (
        <>
          <SignUp game={game} />
          {mayPrepare(game, asker) && <Preparation game={game} />}
        </>
      );
    case GameStatus.ONGOING:
      return (
        <section className="card stack" aria-label={words.points}>
          <div className="row">
            <Badge tone="accent">{game.courtName}</Badge>
            <Progress game={game} />
          </div>
          <Score game={game} />
          {!refusesScore(game, asker) && (
            <>
              <ButtonLink look="primary" size="large" icon="edit" href={pathTo("score", { game: game.id })}>
                {words.score}
              </ButtonLink>
              {!isDecided(game) && <EndGame game={game} />}
            </>
          )}
        </section>
      );
    case GameStatus.COMPLETED:
      return <Result game={game} />;
    default:
      return <Note icon="close">{words.cancelled}</Note>;
  }
}

function SignUp({ game }: { game: Game }) {
  const words = useWords(gamePagesWords);
  const act = useAct();
  const userId = useUserId();
  const position = waitingPosition(game, userId);
  const joined = participant(game, userId) !== undefined;
  const full = game.participants.length >= game.maxParticipants;
  const { waiting, later, takeBack } = useUndo();
  const [asking, setAsking] = useState(false);
  const key = `leave_game ${game.id}`;
  const leave = () => {
    setAsking(false);
    const text = joined ? words.left : words.leftWaiting;
    later({ key, text, action: { kind: "leave_game", gameId: game.id } });
  };
  if (waiting === key) {
    return (
      <section className="card sign-up" aria-label={words.signUp}>
        <p aria-live="polite">{joined ? words.leavingSoon : words.leavingWaitingSoon}</p>
        <Button icon="undo" onClick={takeBack}>
          {words.undo}
        </Button>
      </section>
    );
  }
  if (joined || position > 0) {
    const leaveIt = joined ? words.leaveGame : words.leaveWaiting;
    return (
      <section className="card sign-up" aria-label={words.signUp}>
        <p aria-live="polite">
          {joined ? (
            <strong>{words.youPlay}</strong>
          ) : (
            <>
              <strong>{words.youWait(position)}</strong> {words.youWaitNote}
            </>
          )}
        </p>
        <Button onClick={full ? () => setAsking(true) : leave}>{leaveIt}</Button>
        {asking && (
          <Confirm
            title={joined ? words.leaveAsk : words.leaveWaitingAsk}
            action={leaveIt}
            onClose={() => setAsking(false)}
            onConfirm={leave}
          >
            <p>{joined && game.waitingList.length > 0 ? words.leaveToFirst : joined ? words.leaveFull : words.leaveLast}</p>
          </Confirm>
        )}
      </section>
    );
  }
  return (
    <section className="card sign-up" aria-label={words.signUp}>
      <p aria-live="polite">
        {full ? words.fullNow(game.waitingList.length + 1) : words.free(game.maxParticipants - game.participants.length)}
      </p>
      <Button look="primary" onClick={() => act({ kind: "join_game", gameId: game.id })}>
        {full ? words.joinWaiting : words.join}
      </Button>
    </section>
  );
}

function Facts({ game }: { game: Game }) {
  const words = useWords(gamePagesWords);
  const date = dateOf(game.gameDate);
  return (
    <section className="card stack" aria-label={words.facts}>
      <dl className="facts">
        <Fact name={words.date}>
          {date && <At time={game.gameDate} />} ({duration(game.duration)})
        </Fact>
        {game.location && <Fact name={words.location}>{game.location}</Fact>}
        <Fact name={words.type}>{wordsOf(gameTypeWords)[game.gameType]}</Fact>
        <Fact name={wordsOf(gamesWords).skill}>{wordsOf(skillWords)[game.skillLevel]}</Fact>
        <Fact name={words.itsRules}>{rulesInWords(game.scoring)}</Fact>
        <Fact name={words.organiser}>{nameOf(game.creator)}</Fact>
      </dl>
      {game.description && <Text>{game.description}</Text>}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function People({ game }: { game: Game }) {
  const words = useWords(gamePagesWords);
  const organise = mayOrganise(game, useAsker());
  const [removing, setRemoving] = useState<Participant>();
  const onRemove = organise && game.status === GameStatus.SCHEDULED ? setRemoving : undefined;
  return (
    <section className="stack" aria-labelledby="people">
      <h2 id="people">
        {words.joined}{" "}
        <span className="soft number">
          {game.participants.length}/{game.maxParticipants}
        </span>
      </h2>
      {game.participants.length > 0 ? (
        <ul className="people">
          {game.participants.map((person) => (
            <Person key={person.userId} person={person} onRemove={onRemove} />
          ))}
        </ul>
      ) : (
        <p className="soft">{words.nobody}</p>
      )}
      {game.waitingList.length > 0 && (
        <>
          <h2>
            {words.waiting} <span className="soft number">{game.waitingList.length}</span>
          </h2>
          <ol className="people">
            {game.waitingList.map((person, i) => (
              <Person key={person.userId} person={person} position={i + 1} onRemove={onRemove} />
            ))}
          </ol>
        </>
      )}
      {removing && <Remove gameId={game.id} person={removing} onClose={() => setRemoving(undefined)} />}
    </section>
  );
}

interface PersonProps {
  person: Participant;
  position?: number;
  /** Removes the participant; absent if the user may not do that. */
  onRemove: ((person: Participant) => void) | undefined;
}

function Person({ person, position, onRemove }: PersonProps) {
  const words = useWords(gamePagesWords);
  const mine = useUserId() === person.userId;
  const online = useOnline(person.userId);
  return (
    <li className="row">
      <Link className={`person ${mine ? "person-me" : ""}`} href={pathTo("member", { member: person.userId })}>
        {position && <span className="number soft">{position}</span>}
        <Avatar size="small" name={nameOf(person)} src={person.avatar} online={online} />
        <span>{nameOf(person)}</span>
      </Link>
      {/* Users leave the game by the button above. */}
      {onRemove && !mine && <IconButton icon="close" label={words.removeName(nameOf(person))} onClick={() => onRemove(person)} />}
    </li>
  );
}

function Remove({ gameId, person, onClose }: { gameId: string; person: Participant; onClose: () => void }) {
  const words = useWords(gamePagesWords);
  const client = useClient();
  const remove = useAction(async () => {
    await client.games.removeParticipant({ gameId, userId: person.userId });
    onClose();
  });
  return (
    <Confirm
      title={words.removeAsk(nameOf(person))}
      action={words.remove}
      busy={remove.busy}
      onClose={onClose}
      onConfirm={() => void remove.run()}
    >
      {remove.fault && <Problem fault={remove.fault} />}
      <p>{words.removeNote}</p>
    </Confirm>
  );
}

function Corrections({ game }: { game: Game }) {
  const words = useWords(gamePagesWords);
  if (game.corrections.length === 0) return null;
  return (
    <details className="card">
      <summary>{words.corrections(game.corrections.length)}</summary>
      <ul className="corrections small">
        {game.corrections.map((correction, i) => (
          <li key={i}>
            <span className="number">
              {words.setScore(
                correction.setNumber,
                `${correction.fromTeam1Score}:${correction.fromTeam2Score} → ${correction.toTeam1Score}:${correction.toTeam2Score}`,
              )}
            </span>{" "}
            <span className="soft">
              {nameOf(correction.correctedBy)}, <Ago time={correction.correctedAt} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
