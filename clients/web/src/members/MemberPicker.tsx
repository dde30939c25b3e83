import type { Member } from "@dongbaejul/client";
import { useUserId } from "@dongbaejul/client/react";
import { useState } from "react";
import { Unread } from "../club/queries";
import { nameOf } from "../format/names";
import { useWords } from "../language/language";
import { Avatar } from "../ui/Avatar";
import { TextField } from "../ui/Field";
import { More } from "../ui/More";
import { memberWords } from "./words";
import "./MemberPicker.css";
import { useMembers } from "./useMembers";

interface MemberPickerProps {
  /** Not offered. */
  without?: ReadonlySet<string>;
  chosen: readonly Member[];
  onChange: (chosen: readonly Member[]) => void;
}

/** Chooses members, found by name or by initial consonants. */
export function MemberPicker({ without, chosen, onChange }: MemberPickerProps) {
  const words = useWords(memberWords);
  const userId = useUserId();
  const [search, setSearch] = useState("");
  const { list, members } = useMembers(search);
  const has = (member: Member) => chosen.some(({ id }) => id === member.id);
  const toggle = (member: Member) => onChange(has(member) ? chosen.filter(({ id }) => id !== member.id) : [...chosen, member]);
  const offered = members?.filter(({ id }) => id !== userId && !without?.has(id));
  return (
    <div className="stack">
      <TextField
        label={words.search}
        type="search"
        placeholder={words.searchHint}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {chosen.length > 0 && (
        <ul className="row" aria-label={words.chosen}>
          {chosen.map((member) => (
            <li key={member.id}>
              <button type="button" className="chip" onClick={() => toggle(member)}>
                {nameOf(member)} <span aria-hidden="true">×</span>
                <span className="hidden-visually">{words.remove}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {!offered ? (
        <Unread query={list} />
      ) : (
        <div className="picker">
          <ul>
            {offered.map((member) => (
              <li key={member.id}>
                <label className="picker-person">
                  <Avatar size="small" name={nameOf(member)} src={member.avatar} online={member.online} />
                  <span>{nameOf(member)}</span>
                  <input type="checkbox" checked={has(member)} onChange={() => toggle(member)} />
                </label>
              </li>
            ))}
          </ul>
          {offered.length === 0 && <p className="soft small picker-none">{words.noneFound}</p>}
          <More of={list} />
        </div>
      )}
    </div>
  );
}
