import { Button } from "@mantine/core";
import { IconPlayerStopFilled, IconVolume } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Board } from "@/api/film";
import { ErrorNotice } from "@/components/ErrorNotice";
import { addEnglish } from "@/i18n";
import { speech as english } from "@/i18n/en/speech";
import { startsOf, type Line } from "@/pages/shot/lines/lines";
import { prepareLine } from "@/pages/shot/lines/prepare";
import { soundQuery, type Sound } from "@/pages/shot/lines/sounds";
import { useSpeaker } from "@/pages/shot/lines/useSpeaker";

addEnglish({ speech: english });

interface Props {
  projectId: string;
  scene: Board["scenes"][number];
}

/** All lines of a scene in order, each after its pause: an animatic for the ear, before anything is rendered. */
export default function HearScene({ projectId, scene }: Props) {
  const { t } = useTranslation("speech");
  const client = useQueryClient();
  const speaker = useSpeaker();
  const [at, setAt] = useState<number>();
  const [error, setError] = useState<unknown>(null);
  const run = useRef(0);
  const lines = scene.shots.flatMap((shot) => shot.dialogue as Line[]).filter((line) => line.text.trim() !== "" || line.recording !== null);
  useEffect(() => () => void (run.current += 1), []);

  const fetchSound = (line: Line) => {
    const { enabled: _, ...query } = soundQuery(projectId, line, true);
    return client.fetchQuery(query);
  };
  const stop = () => {
    run.current += 1;
    speaker.stop();
    setAt(undefined);
  };
  const sayFrom = async (place: number, mine: number): Promise<void> => {
    const line = lines[place];
    if (line === undefined) return setAt(undefined);
    setAt(place);
    const sound = await fetchSound(line);
    const next = lines[place + 1];
    if (next) void fetchSound(next).catch(() => undefined); // while this one is heard
    await pause(silenceBefore(lines, place, sound));
    if (run.current === mine) speaker.play(String(place), sound.url, () => void sayFrom(place + 1, mine).catch(fail));
  };
  const fail = (refused: unknown) => {
    setError(refused);
    setAt(undefined);
  };
  const ready = () => lines[0] && prepareLine(projectId, lines[0]);
  const hear = () => {
    run.current += 1;
    setError(null);
    void sayFrom(0, run.current).catch(fail);
  };

  if (lines.length === 0) return null;
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        leftSection={at === undefined ? <IconVolume size={14} aria-hidden /> : <IconPlayerStopFilled size={14} aria-hidden />}
        aria-pressed={at !== undefined}
        onFocus={ready}
        onPointerEnter={ready}
        onClick={at === undefined ? hear : stop}
      >
        {at === undefined ? t("hearScene") : t("hearing", { number: at + 1, count: lines.length })}
      </Button>
      {at !== undefined && <span role="status">{lines[at]?.text}</span>}
      {error != null && <ErrorNotice error={error} />}
    </>
  );
}

/** Seconds between the end of the line before it and its own beginning. */
function silenceBefore(lines: readonly Line[], place: number, sound: Sound): number {
  if (place === 0) return 0;
  const pair = lines.slice(place - 1, place + 1);
  const [first, second] = startsOf(pair, [0, 0], [0, sound.asideS]) as [number, number];
  return second - first;
}

function pause(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, 1000 * seconds));
}
