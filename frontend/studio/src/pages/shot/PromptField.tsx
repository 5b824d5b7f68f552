import { Textarea } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { useCast, type Character } from "@/api/cast";
import type { Shot, ShotChange } from "@/api/film";
import { CharacterFace } from "@/components/CharacterFace";

import { characterOf, complete, fitting, mentioned, typedMention } from "./mention";
import styles from "./PromptField.module.css";
import { useStageFollowsPrompt } from "./useStageFollowsPrompt";

interface Props {
  shot: Shot;
  /** How many the model can stage. */
  most: number;
  onChange: (change: ShotChange) => void;
}

/** The prompt, with names that complete themselves after an @ and put the character into the shot. */
export function PromptField({ shot, most, onChange }: Props) {
  const { t } = useTranslation("shot");
  const cast = useCast();
  const list = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const caretAfter = useRef<number | null>(null);
  const [caret, setCaret] = useState<number | null>(null);
  const [place, setPlace] = useState(0);
  const write = useStageFollowsPrompt({ shot, cast, most, onChange });
  const typed = caret === null ? null : typedMention(shot.prompt, caret);
  const offered = typed ? fitting(cast, typed.word) : [];
  const open = offered.length > 0;
  const chosen = Math.min(place, offered.length - 1);

  useLayoutEffect(() => {
    if (caretAfter.current === null) return;
    field.current?.setSelectionRange(caretAfter.current, caretAfter.current);
    caretAfter.current = null;
  });

  function pick(character: Character): void {
    if (!typed || caret === null) return;
    const completed = complete(shot.prompt, typed, caret, character.name);
    caretAfter.current = completed.caret;
    setCaret(completed.caret);
    setPlace(0);
    write(completed.text, null);
    field.current?.focus();
  }

  function steer(event: KeyboardEvent): void {
    if (!open) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const character = offered[chosen];
    if (step !== undefined) setPlace((chosen + step + offered.length) % offered.length);
    else if ((event.key === "Enter" || event.key === "Tab") && character) pick(character);
    else if (event.key === "Escape") setCaret(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div className={styles.field}>
      <Textarea
        ref={field}
        label={t("prompt")}
        description={t("promptHint")}
        placeholder={t("promptExample")}
        autosize
        minRows={3}
        maxRows={10}
        maxLength={3800}
        value={shot.prompt}
        aria-autocomplete="list"
        aria-controls={list}
        aria-activedescendant={open ? `${list}-${chosen}` : undefined}
        onChange={(event) => {
          setCaret(event.currentTarget.selectionStart);
          write(event.currentTarget.value, event.currentTarget.selectionStart);
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        onBlur={() => {
          setCaret(null);
          write(shot.prompt, null); // a name at the end is finished now
        }}
        onKeyDown={steer}
      />
      <div id={list} role="listbox" aria-label={t("names")} className={styles.names} hidden={!open}>
        {offered.map((character, at) => (
          <div
            key={character.id}
            id={`${list}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === chosen}
            className={styles.name}
            onPointerDown={(event) => {
              event.preventDefault(); // the prompt keeps the focus
              pick(character);
            }}
          >
            <CharacterFace character={character} name={character.name} size={24} />
            {character.name}
          </div>
        ))}
      </div>
      <Unknown names={mentioned(shot.prompt).filter((name) => name !== typed?.word && cast.length > 0 && !characterOf(cast, name))} />
    </div>
  );
}

/** Names that nobody in the cast bears: each can be cast from here. */
function Unknown({ names }: { names: string[] }) {
  const { t } = useTranslation("shot");
  const { history } = useRouter();
  return names.map((name) => (
    <button
      key={name}
      type="button"
      className={`plain ${styles.unknown}`}
      onClick={() => history.push(`/cast/new?name=${encodeURIComponent(name.replaceAll("_", " "))}`)}
    >
      <IconUserPlus size={14} aria-hidden /> {t("castName", { name: name.replaceAll("_", " ") })}
    </button>
  ));
}
