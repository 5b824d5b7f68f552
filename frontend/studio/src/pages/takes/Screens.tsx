import { Slider } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { fileOf, type ShotTake } from "@/api/film";

import type { Playback } from "./playback";
import styles from "./Screens.module.css";
import { useScreen } from "./usePlayback";

interface Props {
  takes: readonly ShotTake[];
  playback: Playback;
  /** Two takes in one frame, divided by a line, instead of side by side. */
  wiped: boolean;
}

/** One to four takes in locked playback: the picture is the largest thing on the page. */
export function Screens({ takes, playback, wiped }: Props) {
  const { t } = useTranslation("take");
  const [at, setAt] = useState(50);
  const wipes = wiped && takes.length === 2;
  return (
    <div className={styles.room}>
      <div className={styles.screens} data-count={takes.length} data-wiped={wipes || undefined}>
        {takes.map((take, place) => (
          <Screen
            key={take.id}
            take={take}
            playback={playback}
            named={takes.length > 1}
            shown={wipes && place === 1 ? `inset(0 0 0 ${at}%)` : undefined}
          />
        ))}
      </div>
      {wipes && <Slider value={at} onChange={setAt} label={null} thumbLabel={t("wipeAt")} />}
    </div>
  );
}

interface ScreenProps {
  take: ShotTake;
  playback: Playback;
  named: boolean;
  shown: string | undefined;
}

function Screen({ take, playback, named, shown }: ScreenProps) {
  const { t } = useTranslation("take");
  const screen = useScreen(playback);
  const [width, height] = take.size.split("x");
  return (
    <figure className={styles.screen} style={{ aspectRatio: `${width} / ${height}`, width: named ? undefined : `min(100%, 58vh * ${width} / ${height})`, clipPath: shown }}>
      <video
        ref={screen}
        src={fileOf(take.id, "video")}
        poster={fileOf(take.id, "thumbnail")}
        aria-label={t("takeNumber", { number: take.number })}
        preload="auto"
        muted
        playsInline
        onClick={playback.toggle}
      />
      {named && <figcaption className={styles.name}>{take.number}</figcaption>}
    </figure>
  );
}
