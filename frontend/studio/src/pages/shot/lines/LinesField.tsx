import { Button, Switch } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useCast } from "@/api/cast";
import type { Shot, ShotChange } from "@/api/film";
import { addEnglish } from "@/i18n";
import { speech as english } from "@/i18n/en/speech";

import TogetherPrice from "../../price/TogetherPrice";
import { LineRow } from "./LineRow";
import styles from "./Lines.module.css";
import { colourOf, freshLine, guessSeconds, MOST_CHARACTERS, MOST_LINES, neededSeconds, soundOf, splitText, startsOf, type Line } from "./lines";
import { Pronunciations } from "./Pronunciations";
import { Ruler } from "./Ruler";
import { soundQuery } from "./sounds";
import { useSpeaker } from "./useSpeaker";

addEnglish({ speech: english });

interface Props {
  projectId: string;
  shot: Shot;
  onChange: (change: ShotChange) => void;
}

/** What is said in a shot: typed, heard, recorded, and placed on the shot's ruler. */
export default function LinesField({ projectId, shot, onChange }: Props) {
  const { t } = useTranslation("speech");
  const cast = useCast();
  const speaker = useSpeaker();
  const [wanted, setWanted] = useState<ReadonlySet<string>>(new Set());
  const lines = shot.dialogue as readonly Line[];
  const heard = useQueries({ queries: lines.map((line) => soundQuery(projectId, line, wanted.has(soundOf(line)) || line.recording !== null)) });
  const sounds = heard.map((one) => one.data);
  const seconds = lines.map((line, place) => sounds[place]?.seconds ?? guessSeconds(line.text));
  const starts = startsOf(lines, seconds, sounds.map((sound) => sound?.asideS ?? 0));
  const needed = neededSeconds(starts, seconds);
  const colours = lines.map((line) => colourOf(cast, line.character_id));
  const keep = (next: readonly Line[]) => onChange({ dialogue: [...next] });
  const hear = async (place: number) => {
    const line = lines[place] as Line;
    if (speaker.playing === nameOf(line, place)) return speaker.stop();
    setWanted(new Set([...wanted, soundOf(line)]));
    const sound = sounds[place] ?? (await heard[place]?.refetch())?.data;
    if (sound) speaker.play(nameOf(line, place), sound.url);
  };
  const split = (place: number) => {
    const line = lines[place] as Line;
    const parts = splitText(line.text).map((text, at) => (at === 0 ? { ...line, text } : { ...freshLine(shot), character_id: line.character_id, speaker: line.speaker, voice: line.voice, text }));
    const room = MOST_LINES - lines.length + 1;
    const kept = [...parts.slice(0, room - 1), ...(parts.length > room - 1 ? [{ ...(parts[room - 1] as Line), text: parts.slice(room - 1).map((one) => one.text).join(" ") }] : [])];
    keep(lines.toSpliced(place, 1, ...kept));
  };
  const move = (place: number, by: number) => {
    const line = lines[place] as Line;
    keep(lines.with(place, { ...line, pause_before_s: Math.max(0, Math.min(60, Math.round((line.pause_before_s + by) * 10) / 10)) }));
  };
  return (
    <fieldset className="bare">
      <legend className="field-name">{t("lines")}</legend>
      {lines.length === 0 && <p className={styles.words}>{t("hint")}</p>}
      {lines.length > 0 && (
        <>
          <Ruler lines={lines} starts={starts} seconds={seconds} colours={colours} sounds={sounds} length={Math.max(needed, shot.seconds ?? 0, 0.1)} onMove={move} />
          <Length shot={shot} needed={needed} onChange={onChange} />
        </>
      )}
      <ol className={`bare ${styles.list}`}>
        {lines.map((line, place) => (
          <LineRow
            key={nameOf(line, place)}
            projectId={projectId}
            shot={shot}
            line={line}
            place={place}
            cast={cast}
            colour={colours[place] as string}
            sound={sounds[place]}
            hearing={heard[place]?.isFetching ?? false}
            trouble={heard[place]?.error ?? null}
            playing={speaker.playing === nameOf(line, place)}
            onHear={() => void hear(place)}
            onChange={(next) => keep(lines.with(place, { ...line, ...next }))}
            onSwap={(by) => keep(swapped(lines, place, place + by))}
            onSplit={line.text.length > MOST_CHARACTERS ? () => split(place) : undefined}
            onRemove={() => keep(lines.toSpliced(place, 1))}
          />
        ))}
      </ol>
      {lines.length < MOST_LINES ? (
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => keep([...lines, freshLine(shot)])}>
          {t("add")}
        </Button>
      ) : (
        <p className={styles.words}>{t("full", { count: MOST_LINES })}</p>
      )}
      {lines.length > 0 && <TogetherPrice asked={{ pieces: { speech_preview: 1 }, project_id: projectId }} piece="speech_preview" quiet />}
      {lines.length > 0 && <Pronunciations projectId={projectId} />}
    </fieldset>
  );
}

/** A line that a client wrote may have no id. */
function nameOf(line: Line, place: number): string {
  return line.id ?? String(place);
}

function swapped(lines: readonly Line[], one: number, other: number): readonly Line[] {
  if (other < 0 || other >= lines.length) return lines;
  return lines.with(one, lines[other] as Line).with(other, lines[one] as Line);
}

/** As long as its lines, or of a length of its own that they may not fit into. */
function Length({ shot, needed, onChange }: { shot: Shot; needed: number; onChange: Props["onChange"] }) {
  const { t } = useTranslation("speech");
  const about = needed.toFixed(1);
  return (
    <>
      <Switch
        label={t("fit")}
        description={t("fitHint", { seconds: about })}
        checked={shot.seconds === null}
        onChange={(event) => onChange({ seconds: event.currentTarget.checked ? null : Math.ceil(2 * needed) / 2 })}
      />
      {shot.seconds !== null && needed > shot.seconds && <p className={styles.warning}>{t("shorter", { seconds: about, has: shot.seconds })}</p>}
    </>
  );
}
