import { useWords } from "../language/language";
import { Button } from "../ui/Button";
import { Note } from "../ui/State";
import { draftWords } from "./words";
import "./Changes.css";
import type { Draft, Edit } from "./useDraft";

/** The label of a field, and how to show its value. */
export type FieldWords<T> = { readonly [Field in keyof T]: readonly [name: string, show: (value: T[Field]) => string | undefined] };

/** Lists what others have changed while the user was typing. The form keeps the user's values; theirs can be applied instead. */
export function Changes<T extends object>({
  of: { base, value, changed, set },
  words,
  busy,
}: {
  of: Edit<T>;
  words: FieldWords<T>;
  busy: boolean;
}) {
  const texts = useWords(draftWords);
  if (changed.length === 0) return null;
  return (
    <div role="status">
      <Note icon="people" tone="warn">
        <p>{texts.changed}</p>
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
                    {texts.take(name)}
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

/** Says that the form holds a restored draft, and offers to discard it. */
export function Restored({ of: { restored, clear } }: { of: Draft<unknown> }) {
  const words = useWords(draftWords);
  if (!restored) return null;
  return (
    <div className="note note-plain restored" role="status">
      <p>{words.restored}</p>
      <Button size="small" onClick={clear}>
        {words.again}
      </Button>
    </div>
  );
}
