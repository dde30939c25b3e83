import { type SyncProgress, SyncState, type SyncStatus, SyncStep } from "@dongbaejul/client";
import { useAction } from "../club/useAction";
import { numberInWords, useWords, wordsOf } from "../language/language";
import { Ago } from "../shell/Ago";
import { Button } from "../ui/Button";
import { FaultNote, Note } from "../ui/State";
import { usePhotoCalls } from "./useAlbums";
import { useSyncProgress } from "./useSyncProgress";
import { albumWords, stepWords } from "./words";

/** How the sync with Band stands, for those who may sync. */
export function SyncCard({ status: listed, onEnd }: { status: SyncStatus | undefined; onEnd: () => void }) {
  const words = useWords(albumWords);
  const photos = usePhotoCalls();
  const { progress, isLost } = useSyncProgress(onEnd);
  const sync = useAction(async () => {
    // It answers when the sync has ended, which takes as long as it takes.
    await photos.syncAlbums({}, { timeoutMs: 0 });
  });
  const status = progress?.status ?? listed;
  const runs = status?.state === SyncState.RUNNING;
  return (
    <section className="card stack" aria-labelledby="sync">
      <div className="sync-header">
        <div>
          <h2 id="sync">{words.sync}</h2>
          <p className="small soft">
            {status?.lastSync ? (
              <>
                {words.lastSync} <Ago time={status.lastSync} />
              </>
            ) : (
              words.neverSynced
            )}
          </p>
        </div>
        <Button size="small" busy={runs || sync.busy} onClick={() => void sync.run()}>
          {words.syncNow}
        </Button>
      </div>
      {runs && <Progress of={progress} />}
      {isLost && <Note icon="offline">{words.unfollowed}</Note>}
      {!runs && !sync.fault && status?.state === SyncState.FAILED && (
        <Note icon="warning" tone="warn">
          {status.lastError}
        </Note>
      )}
      {!runs && <FaultNote fault={sync.fault} />}
    </section>
  );
}

function Progress({ of }: { of: SyncProgress | undefined }) {
  const words = useWords(albumWords);
  const { step = SyncStep.UNSPECIFIED, done = 0, total = 0 } = of ?? {};
  return (
    <div className="sync-progress">
      <p className="small">
        <span role="status">{words.syncing}</span>{" "}
        <span className="number">{stepInWords(wordsOf(stepWords)[step] ?? "", done, total)}</span>
      </p>
      {/* Without a value it moves to and fro. */}
      <progress aria-label={words.syncing} {...(total > 0 ? { value: Math.min(done, total), max: total } : {})} />
    </div>
  );
}

/** "사진 120/300", as far as the numbers are known. */
function stepInWords(step: string, done: number, total: number): string {
  if (total > 0) return `${step} ${numberInWords(done)}/${numberInWords(total)}`;
  return done > 0 ? `${step} ${numberInWords(done)}` : step;
}
