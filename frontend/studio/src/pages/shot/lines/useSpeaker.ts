import { useCallback, useEffect, useRef, useState } from "react";

export interface Speaker {
  /** What is heard now, by the name that it was given. */
  playing: string | null;
  play: (name: string, url: string, onEnd?: () => void) => void;
  stop: () => void;
}

/** One sound at a time; it ends with the page. */
export function useSpeaker(): Speaker {
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState<string | null>(null);
  const stop = useCallback(() => {
    audio.current?.pause();
    audio.current = null;
    setPlaying(null);
  }, []);
  const play = useCallback(
    (name: string, url: string, onEnd?: () => void) => {
      audio.current?.pause();
      const sound = new Audio(url);
      audio.current = sound;
      setPlaying(name);
      sound.onended = () => {
        if (audio.current !== sound) return;
        stop();
        onEnd?.();
      };
      sound.onerror = () => audio.current === sound && stop();
      sound.play().catch(() => audio.current === sound && stop());
    },
    [stop],
  );
  useEffect(() => stop, [stop]);
  return { playing, play, stop };
}
