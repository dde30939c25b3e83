import type { MemberStats, UserStats } from "@dongbaejul/client";
import { Ago } from "../shell/Ago";
import "./StatsCard.css";

/** What somebody has played and written. */
export function StatsCard({ stats }: { stats: MemberStats | UserStats }) {
  const figures = [
    ["레이팅", stats.rating],
    ["경기", stats.gamesPlayed],
    ["승", stats.wins],
    ["패", stats.losses],
    ["승률", `${Math.round(stats.winRate * 100)}%`],
    ["MVP", stats.mvpCount],
    ["득점", stats.pointsFor],
    ["실점", stats.pointsAgainst],
  ] as const;
  return (
    <section className="card stack" aria-label="전적">
      <dl className="stats">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number">{value}</dd>
          </div>
        ))}
      </dl>
      <p className="small soft number">
        글 {stats.posts} · 댓글 {stats.comments}
        {stats.lastPlayedAt && (
          <>
            {" "}
            · 마지막 경기 <Ago time={stats.lastPlayedAt} />
          </>
        )}
      </p>
    </section>
  );
}
