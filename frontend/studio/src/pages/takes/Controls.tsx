import { ActionIcon, Group, Slider, Tooltip } from "@mantine/core";
import {
  IconChevronLeft, IconChevronRight, IconPlayerPauseFilled, IconPlayerPlayFilled, IconPlayerSkipBack, IconPlayerSkipForward, IconRepeat, type Icon,
} from "@tabler/icons-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { shortTimecode } from "@/lib/timecode";
import { Timecode } from "@/components/Timecode";

import styles from "./Controls.module.css";
import type { Transport } from "./frameClock";
import { useFrame, useSpeed } from "./usePlayback";

/** Transport under the picture: to the frame, by mouse, touch or keyboard. */
export function Controls({ playback }: { playback: Transport }) {
  const { t } = useTranslation("take");
  const frame = useFrame(playback);
  const speed = useSpeed(playback);
  const loops = useSyncExternalStore(playback.subscribe, () => playback.loops);
  const { fps, frames } = playback;
  return (
    <div className={styles.controls} role="group" aria-label={t("player")}>
      <Slider
        value={frame}
        min={0}
        max={frames - 1}
        label={null}
        size="sm"
        thumbLabel={t("scrub")}
        thumbValueText={(place) => shortTimecode(place, fps)}
        onChange={playback.seek}
      />
      <Group gap={4} wrap="nowrap" mt={8}>
        <Knob words={t("toStart")} sign={IconPlayerSkipBack} onPress={() => playback.seek(0)} />
        <Knob words={t("stepBack")} sign={IconChevronLeft} onPress={() => playback.step(-1)} />
        <Knob
          words={t(speed === 0 ? "play" : "pause")}
          sign={speed === 0 ? IconPlayerPlayFilled : IconPlayerPauseFilled}
          strong
          onPress={playback.toggle}
        />
        <Knob words={t("stepOn")} sign={IconChevronRight} onPress={() => playback.step(1)} />
        <Knob words={t("toEnd")} sign={IconPlayerSkipForward} onPress={() => playback.seek(frames - 1)} />
        <Knob
          words={t("loop")}
          sign={IconRepeat}
          pressed={loops}
          onPress={() => playback.loop(!loops)}
        />
        <span className={styles.time}>
          {Math.abs(speed) > 1 || speed < 0 ? <span className="accent">{t("speed", { speed })} </span> : null}
          <Timecode frame={frame} fps={fps} legend />
          <span className={`faint ${styles.whole}`}>
            {" / "}
            <Timecode frame={frames} fps={fps} />
          </span>
        </span>
        <span className="unseen">{t("frameOf", { frame: frame + 1, frames })}</span>
      </Group>
    </div>
  );
}

interface KnobProps {
  words: string;
  sign: Icon;
  strong?: boolean;
  pressed?: boolean;
  onPress: () => void;
}

function Knob({ words, sign: Sign, strong = false, pressed, onPress }: KnobProps) {
  return (
    <Tooltip label={words}>
      <ActionIcon
        variant={strong ? "filled" : pressed ? "light" : "subtle"}
        color={strong || pressed ? undefined : "gray"}
        size={strong ? "lg" : "md"}
        aria-label={words}
        aria-pressed={pressed}
        onClick={onPress}
      >
        <Sign size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
