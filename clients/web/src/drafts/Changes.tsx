import { Button } from "../ui/Button";
import { Note } from "../ui/State";
import "./Changes.css";
import type { Draft, Edit } from "./useDraft";

/** What a field is called, and how its value is shown. */
export type FieldWords<T> = { readonly [Field in keyof T]: readonly [name: string, show: (value: T[Field]) => string | undefined] };

/** Says what others have changed while the user was typing. What was typed stands in the form; theirs can be taken. */
export function Changes<T extends object>({
  of: { base, value, changed, set },
  words,
  busy,
}: {
  of: Edit<T>;
  words: FieldWords<T>;
  busy: boolean;
}) {
  if (changed.length === 0) return null;
  return (
    <div role="status">
      <Note icon="people" tone="warn">
        <p>그사이 다른 회원이 내용을 바꿨어요. 입력한 내용은 그대로 두었으니 확인하고 다시 저장해 주세요.</p>
        <ul className="changes">
          {changed.map((field) => {
            const [name, show] = words[field];
            return (
              <li key={field}>
                <span>
                  <strong>{name}</strong> <span className="changes-value">{show(base[field])}</span>
                </span>
                {JSON.stringify(base[field]) !== JSON.stringify(value[field]) && (
                  <Button size="small" disabled={busy} onClick={() => set({ ...value, [field]: base[field] })}>
                    바뀐 {name} 쓰기
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      </Note>
    </div>
  );
}

/** Says that the form holds what was typed before, and empties it on request. */
export function Restored({ of: { restored, clear } }: { of: Draft<unknown> }) {
  if (!restored) return null;
  return (
    <div className="note note-plain restored" role="status">
      <p>쓰다 만 내용을 불러왔어요.</p>
      <Button size="small" onClick={clear}>
        새로 쓰기
      </Button>
    </div>
  );
}
