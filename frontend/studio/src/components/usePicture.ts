import { useState } from "react";

/** A picture that may fail to load, and can be asked for again. */
export interface Picture {
  src: string;
  lost: boolean;
  onError: () => void;
  retry: () => void;
  /** For the `img`: another one is made when it is asked for again. */
  key: string;
}

/** Follow one picture by its address; undefined while there is none. */
export function usePicture(src: string | undefined): Picture | undefined {
  const [lost, setLost] = useState<string | null>(null);
  const [tries, setTries] = useState(0);
  if (!src) return undefined;
  return {
    src,
    lost: lost === src,
    onError: () => setLost(src),
    retry: () => {
      setLost(null);
      setTries(tries + 1);
    },
    key: String(tries),
  };
}
