import type { MemberStats, UserStats } from "@dongbaejul/client";
import { useWords } from "../language/language";
import { Ago } from "../shell/Ago";
import { memberWords } from "./words";
import "./StatsCard.css";

/** A member's statistics. */
export function StatsCard({ stats }: { stats: MemberStats | UserStats }) {
  const words = useWords(memberWords);
  const figures = [
    [words.rating, stats.rating],
    [words.games, stats.gamesPlayed],
    [words.wins, stats.wins],
    [words.losses, stats.losses],
    [words.winRate, `${Math.round(stats.winRate * 100)}%`],
    ["MVP", stats.mvpCount],
    [words.pointsFor, stats.pointsFor],
    [words.pointsAgainst, stats.pointsAgainst],
  ] as const;
  return (
    <section className="card stack" aria-label={words.stats}>
      <dl className="stats">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number">{value}</dd>
          </div>
        ))}
      </dl>
      <p className="small soft number">
        {words.written(stats.posts, stats.comments)}
        {stats.lastPlayedAt && (
          <>
            {" "}
            · {words.lastGame} <Ago time={stats.lastPlayedAt} />
          </>
        )}
      </p>
    </section>
  );
}
