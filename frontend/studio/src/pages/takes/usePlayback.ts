import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { useShortcuts } from "@/lib/shortcuts";

import type { Transport } from "./frameClock";
import { Playback } from "./playback";

/** The clock of a page of takes, running with the browser's own. */
export function usePlayback(fps: number, frames: number): Playback {
  const playback = useMemo(() => new Playback(fps, frames), [fps, frames]);
  useTicks(playback);
  return playback;
}

/** Let a clock run with the browser's own pictures. */
export function useTicks(playback: Transport): void {
  useEffect(() => {
    let next = requestAnimationFrame(function draw(at) {
      playback.tick(at);
      next = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(next);
  }, [playback]);
}

/** The frame on screen; whoever asks is drawn again with each. */
export function useFrame(playback: Transport): number {
  return useSyncExternalStore(playback.subscribe, () => playback.frame);
}

export function useSpeed(playback: Transport): number {
  return useSyncExternalStore(playback.subscribe, () => playback.speed);
}

/** A `<video>` that shows the clock's frame. */
export function useScreen(playback: Playback): (video: HTMLVideoElement | null) => void {
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  useEffect(() => (video ? playback.attach(video) : undefined), [playback, video]);
  return setVideo;
}

/** Space, J K L, arrows, Home and End, as in every player that editors know. */
export function usePlaybackKeys(playback: Transport): void {
  const { t } = useTranslation("take");
  useShortcuts(
    useMemo(
      () => [
        { keys: [" "], words: t("keyPlay"), act: playback.toggle },
        { keys: ["j"], words: t("keyBackwards"), act: () => playback.shuttle(-1) },
        { keys: ["k"], words: t("keyStop"), act: playback.stop },
        { keys: ["l"], words: t("keyForwards"), act: () => playback.shuttle(1) },
        { keys: ["ArrowLeft"], words: t("keyStepBack"), act: () => playback.step(-1) },
        { keys: ["ArrowRight"], words: t("keyStepOn"), act: () => playback.step(1) },
        { keys: ["Home"], words: t("keyEnds"), act: () => playback.seek(0) },
        { keys: ["End"], words: t("keyEnds"), act: () => playback.seek(playback.frames - 1) },
      ],
      [playback, t],
    ),
  );
}
