import { type Game, GameStatus, type GameView, type Participant } from "@dongbaejul/client";
import { useGame, useOnline, useUserId } from "@dongbaejul/client/react";
import { useState } from "react";
import { useClient } from "../club/client";
import { useAct } from "../club/useAct";
import { useAction } from "../club/useAction";
import { nameOf } from "../format/names";
import { dateOf, duration } from "../format/time";
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
import { gameTypeWords, skillWord, skillWords, stateWords } from "./words";
import "./GamePage.css";
import { EndGame } from "./EndGame";
import { PendingActions } from "./PendingActions";
import { Preparation } from "./Preparation";
import { participant, waitingPosition } from "./people";
import { Result } from "./Result";
import { mayOrganise, mayPrepare, refusesScore } from "./rights";
import { isDecided, Progress, Score } from "./Score";
import { useAsker } from "./useAsker";

/** One game, from the sign-up to the result. */
export function GamePage({ game: gameId }: { game: string }) {
  const { game: view, error, reload } = useGame(gameId);
  if (!view) {
    return (
      <Page title="경기" parent={pathTo("games")} width="narrow">
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
  const act = useAct();
  const [asking, setAsking] = useState(false);
  const organise = mayOrganise(view.shown, useAsker());
  const { id, status } = view.shown;
  if (!organise || (status !== GameStatus.SCHEDULED && status !== GameStatus.ONGOING)) return null;
  const items: MenuItem[] = [{ icon: "close", text: "경기 취소", danger: true, onChoose: () => setAsking(true) }];
  if (status === GameStatus.SCHEDULED) items.unshift({ icon: "edit", text: "수정", onChoose: () => go(pathTo("editGame", { game: id })) });
  return (
    <>
      <Menu label="경기 메뉴" items={items} />
      {asking && (
        <Confirm
          title="이 경기를 취소할까요?"
          action="경기 취소"
          onClose={() => setAsking(false)}
          onConfirm={() => {
            act({ kind: "cancel_game", gameId: id });
            setAsking(false);
          }}
        >
          <p>참가한 회원과 대기 중인 회원에게 알림이 갑니다. 되돌릴 수 없습니다.</p>
        </Confirm>
      )}
    </>
  );
}

/** What there is to do now. */
function Stage({ view }: { view: GameView }) {
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
        <section className="card stack" aria-label="점수">
          <div className="row">
            <Badge tone="accent">{game.courtName}</Badge>
            <Progress game={game} />
          </div>
          <Score game={game} />
          {!refusesScore(game, asker) && (
            <>
              <ButtonLink look="primary" size="large" icon="edit" href={pathTo("score", { game: game.id })}>
                점수 기록
              </ButtonLink>
              {!isDecided(game) && <EndGame game={game} />}
            </>
          )}
        </section>
      );
    case GameStatus.COMPLETED:
      return <Result game={game} />;
    default:
      return <Note icon="close">취소된 경기입니다.</Note>;
  }
}

function SignUp({ game }: { game: Game }) {
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
    const text = joined ? "참가를 취소했어요." : "대기를 취소했어요.";
    later({ key, text, action: { kind: "leave_game", gameId: game.id } });
  };
  if (waiting === key) {
    return (
      <section className="card sign-up" aria-label="참가">
        <p aria-live="polite">{joined ? "참가 취소를 곧 보내요." : "대기 취소를 곧 보내요."}</p>
        <Button icon="undo" onClick={takeBack}>
          되돌리기
        </Button>
      </section>
    );
  }
  if (joined || position > 0) {
    const words = joined ? "참가 취소" : "대기 취소";
    return (
      <section className="card sign-up" aria-label="참가">
        <p aria-live="polite">
          {joined ? (
            <strong>참가 중입니다.</strong>
          ) : (
            <>
              <strong>대기 {position}번입니다.</strong> 자리가 나면 순서대로 참가하고 알림을 받습니다.
            </>
          )}
        </p>
        <Button onClick={full ? () => setAsking(true) : leave}>{words}</Button>
        {asking && (
          <Confirm
            title={joined ? "이 경기의 참가를 취소할까요?" : "대기를 취소할까요?"}
            action={words}
            onClose={() => setAsking(false)}
            onConfirm={leave}
          >
            <p>
              {joined && game.waitingList.length > 0
                ? "대기 1번 회원이 자리를 받아요. 다시 신청하면 대기 순서의 맨 뒤로 가요."
                : joined
                  ? "자리가 모두 찬 경기예요. 다른 회원이 먼저 신청하면 다시 참가할 수 없어요."
                  : "다시 신청하면 대기 순서의 맨 뒤로 가요."}
            </p>
          </Confirm>
        )}
      </section>
    );
  }
  return (
    <section className="card sign-up" aria-label="참가">
      <p aria-live="polite">
        {full
          ? `자리가 찼습니다. 지금 신청하면 대기 ${game.waitingList.length + 1}번입니다.`
          : `${game.maxParticipants - game.participants.length}자리 남았습니다.`}
      </p>
      <Button look="primary" onClick={() => act({ kind: "join_game", gameId: game.id })}>
        {full ? "대기 신청" : "참가하기"}
      </Button>
    </section>
  );
}

function Facts({ game }: { game: Game }) {
  const date = dateOf(game.gameDate);
  return (
    <section className="card stack" aria-label="안내">
      <dl className="facts">
        <dt>일시</dt>
        <dd>
          {date && <At time={game.gameDate} />} ({duration(game.duration)})
        </dd>
        {game.location && (
          <>
            <dt>장소</dt>
            <dd>{game.location}</dd>
          </>
        )}
        <dt>종류</dt>
        <dd>{gameTypeWords[game.gameType]}</dd>
        <dt>{skillWord}</dt>
        <dd>{skillWords[game.skillLevel]}</dd>
        <dt>규칙</dt>
        <dd>{rulesInWords(game.scoring)}</dd>
        <dt>만든 회원</dt>
        <dd>{nameOf(game.creator)}</dd>
      </dl>
      {game.description && <Text>{game.description}</Text>}
    </section>
  );
}

function People({ game }: { game: Game }) {
  const organise = mayOrganise(game, useAsker());
  const [removing, setRemoving] = useState<Participant>();
  const onRemove = organise && game.status === GameStatus.SCHEDULED ? setRemoving : undefined;
  return (
    <section className="stack" aria-labelledby="people">
      <h2 id="people">
        참가자{" "}
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
        <p className="soft">아직 참가한 회원이 없습니다.</p>
      )}
      {game.waitingList.length > 0 && (
        <>
          <h2>
            대기 <span className="soft number">{game.waitingList.length}</span>
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
  /** Takes the person off the game; absent where the user may not. */
  onRemove: ((person: Participant) => void) | undefined;
}

function Person({ person, position, onRemove }: PersonProps) {
  const mine = useUserId() === person.userId;
  const online = useOnline(person.userId);
  return (
    <li className="row">
      <Link className={`person ${mine ? "person-me" : ""}`} href={pathTo("member", { member: person.userId })}>
        {position && <span className="number soft">{position}</span>}
        <Avatar size="small" name={nameOf(person)} src={person.avatar} online={online} />
        <span>{nameOf(person)}</span>
      </Link>
      {/* The user's own place is given up above. */}
      {onRemove && !mine && <IconButton icon="close" label={`${nameOf(person)} 회원 빼기`} onClick={() => onRemove(person)} />}
    </li>
  );
}

function Remove({ gameId, person, onClose }: { gameId: string; person: Participant; onClose: () => void }) {
  const client = useClient();
  const remove = useAction(async () => {
    await client.games.removeParticipant({ gameId, userId: person.userId });
    onClose();
  });
  return (
    <Confirm
      title={`${nameOf(person)} 회원을 뺄까요?`}
      action="빼기"
      busy={remove.busy}
      onClose={onClose}
      onConfirm={() => void remove.run()}
    >
      {remove.fault && <Problem fault={remove.fault} />}
      <p>회원에게 알림이 갑니다. 대기 중인 회원이 있으면 첫 번째 회원이 자리를 받습니다.</p>
    </Confirm>
  );
}

function Corrections({ game }: { game: Game }) {
  if (game.corrections.length === 0) return null;
  return (
    <details className="card">
      <summary>점수 정정 {game.corrections.length}번</summary>
      <ul className="corrections small">
        {game.corrections.map((correction, i) => (
          <li key={i}>
            <span className="number">
              {correction.setNumber}세트 {correction.fromTeam1Score}:{correction.fromTeam2Score} → {correction.toTeam1Score}:
              {correction.toTeam2Score}
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
