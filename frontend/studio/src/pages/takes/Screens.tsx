import { Slider } from "@mantine/core";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { fileOf, type ShotTake } from "@/api/film";
import { GradeFilter, gradeStyle, type Colours } from "@/components/Graded";

import type { Playback } from "./playback";
import styles from "./Screens.module.css";
import type { SpokenLine } from "./speech/Captions";
import { Captions, ListeningKnobs } from "./speech/lazily";
import { useListening } from "./speech/useListening";
import { useFrame, useScreen } from "./usePlayback";

interface Props {
  takes: readonly ShotTake[];
  playback: Playback;
  /** The grade of their shot. */
  colours?: Colours;
  /** Two takes in one frame, divided by a line, instead of side by side. */
  wiped: boolean;
}

/** One to four takes in locked playback: the picture is the largest thing on the page. */
export function Screens({ takes, playback, wiped, colours }: Props) {
  const { t } = useTranslation("take");
  const [at, setAt] = useState(50);
  const listening = useListening();
  const speaks = Boolean(takes[0]?.speech?.length);
  const wipes = wiped && takes.length === 2;
  return (
    <div className={styles.room}>
      <GradeFilter colours={colours} />
      <div className={styles.screens} data-count={takes.length} data-wiped={wipes || undefined}>
        {takes.map((take, place) => (
          <Screen
            key={take.id}
            take={take}
            colours={colours}
            playback={playback}
            named={takes.length > 1}
            heard={listening.sound && place === 0}
            read={listening.captions && place === 0}
            shown={wipes && place === 1 ? `inset(0 0 0 ${at}%)` : undefined}
          />
        ))}
      </div>
      {speaks && (
        <Suspense fallback={null}>
          <ListeningKnobs {...listening} />
        </Suspense>
      )}
      {wipes && <Slider value={at} onChange={setAt} label={null} thumbLabel={t("wipeAt")} />}
    </div>
  );
}

interface ScreenProps {
  take: ShotTake;
  colours: Colours;
  playback: Playback;
  named: boolean;
  /** Of several takes the first is heard, and its lines are read. */
  heard: boolean;
  read: boolean;
  shown: string | undefined;
}

function Screen({ take, colours, playback, named, heard, read, shown }: ScreenProps) {
  const { t } = useTranslation("take");
  const screen = useScreen(playback);
  const [width, height] = take.size.split("x");
  return (
    <figure className={styles.screen} style={{ aspectRatio: `${width} / ${height}`, width: named ? undefined : `min(100%, 58vh * ${width} / ${height})`, clipPath: shown }}>
      <video
        ref={screen}
        style={gradeStyle(colours)}
        src={fileOf(take.id, "video")}
        poster={fileOf(take.id, "thumbnail")}
        aria-label={t("takeNumber", { number: take.number })}
        preload="auto"
        muted={!heard}
        playsInline
        onClick={playback.toggle}
      >
        <track kind="captions" src={`/v1/takes/${take.id}/subtitles?format=vtt`} />
      </video>
      {read && take.speech && (
        <Suspense fallback={null}>
          <Reading speech={take.speech} playback={playback} />
        </Suspense>
      )}
      {named && <figcaption className={styles.name}>{take.number}</figcaption>}
    </figure>
  );
}

function Reading({ speech, playback }: { speech: readonly SpokenLine[]; playback: Playback }) {
  return <Captions speech={speech} moment={useFrame(playback) / playback.fps} />;
}
