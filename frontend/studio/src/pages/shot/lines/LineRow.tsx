import { Checkbox, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlayerPlayFilled, IconPlayerStopFilled, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import type { Shot } from "@/api/film";
import { ErrorNotice } from "@/components/ErrorNotice";

import { Knob } from "./Knob";
import { MOST_CHARACTERS, type Line } from "./lines";
import styles from "./Lines.module.css";
import { languageOf, prepareLine, prepareTyped, prepareVoices } from "./prepare";
import { RecordTools } from "./RecordTools";
import type { Sound } from "./sounds";
import { Waveform } from "./Waveform";

interface Props {
  projectId: string;
  shot: Shot;
  line: Line;
  place: number;
  cast: readonly Character[];
  colour: string;
  sound: Sound | undefined;
  hearing: boolean;
  trouble: unknown;
  playing: boolean;
  onHear: () => void;
  onChange: (change: Partial<Line>) => void;
  onSwap: (by: 1 | -1) => void;
  onSplit?: () => void;
  onRemove: () => void;
}

/** One line: who says what and how; heard, recorded, moved or deleted. */
export function LineRow(props: Props) {
  const { projectId, shot, line, place, colour, sound, trouble, onChange, onSplit } = props;
  const { t } = useTranslation("speech");
  const number = place + 1;
  const seen = shot.characters.some((one) => one.character_id === line.character_id);
  const over = line.text.length > MOST_CHARACTERS;
  return (
    <li className={styles.row} style={{ "--line-colour": colour } as React.CSSProperties} aria-label={t("line", { number })}>
      <div className={styles.head}>
        <Who {...props} />
        <TextInput size="xs" label={t("aside")} placeholder={t("asideExample")} maxLength={200} value={line.parenthetical} onChange={(event) => onChange({ parenthetical: event.currentTarget.value })} />
      </div>
      <Textarea
        size="xs"
        aria-label={t("text")}
        placeholder={t("text")}
        autosize
        minRows={1}
        maxLength={8000}
        value={line.text}
        error={over ? t("tooLong", { count: line.text.length, most: MOST_CHARACTERS }) : undefined}
        onFocus={() => prepareVoices([languageOf(line.text)])}
        onChange={(event) => {
          const text = event.currentTarget.value;
          prepareTyped(projectId, { ...line, text });
          onChange({ text });
        }}
      />
      {onSplit && (
        <button type="button" className="link" onClick={onSplit}>
          {t("splitLine")}
        </button>
      )}
      {sound && sound.peaks.length > 0 && (
        <div className={styles.heard}>
          <Waveform peaks={sound.peaks} colour={colour} />
        </div>
      )}
      {sound && sound.unspoken.length > 0 && <p className={styles.words}>{t("unspoken", { signs: sound.unspoken.join(" ") })}</p>}
      {sound?.unheeded && <p className={styles.words}>{t("unheeded", { words: sound.unheeded })}</p>}
      {trouble != null && <ErrorNotice error={trouble} />}
      <Checkbox size="xs" label={t("offScreen")} description={t("offScreenHint")} checked={line.off_screen || !seen} disabled={!seen} onChange={(event) => onChange({ off_screen: event.currentTarget.checked })} />
      <div className={styles.tools}>
        <Knob words={t(props.playing ? "stop" : "hear", { number })} sign={props.playing ? IconPlayerStopFilled : IconPlayerPlayFilled} loading={props.hearing} strong onNear={() => (sound === undefined ? prepareLine(projectId, line) : undefined)} onPress={props.onHear} />
        <RecordTools shot={shot} line={line} number={number} onChange={onChange} />
        <span className={styles.end}>
          <Knob words={t("up", { number })} sign={IconArrowUp} disabled={place === 0} onPress={() => props.onSwap(-1)} />
          <Knob words={t("down", { number })} sign={IconArrowDown} disabled={number === shot.dialogue.length} onPress={() => props.onSwap(1)} />
          <Knob words={t("remove", { number })} sign={IconTrash} onPress={props.onRemove} />
        </span>
      </div>
    </li>
  );
}

/** Those in the shot first, then the rest of the cast, a narrator, and the name that a script had. */
function Who({ shot, line, cast, onChange }: Props) {
  const { t } = useTranslation("speech");
  const seen = new Set(shot.characters.map((one) => one.character_id));
  const known = cast.toSorted((one, other) => Number(seen.has(other.id)) - Number(seen.has(one.id)));
  return (
    <NativeSelect
      size="xs"
      label={t("who")}
      value={line.character_id ?? ""}
      data={[
        ...known.map((one) => ({ value: one.id, label: one.name })),
        { value: "", label: line.speaker ? t("notCast", { name: line.speaker }) : t("narrator") },
      ]}
      onChange={(event) => onChange({ character_id: event.currentTarget.value || null })}
    />
  );
}
