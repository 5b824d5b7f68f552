import { useState } from "react";

export interface Listening {
  sound: boolean;
  captions: boolean;
  setSound: (on: boolean) => void;
  setCaptions: (on: boolean) => void;
}

/** Whether a player is heard, and whether what is said can be read: it can where nothing is heard, unless one says no. */
export function useListening(): Listening {
  const [sound, setSound] = useState(false);
  const [asked, setCaptions] = useState<boolean>();
  return { sound, captions: asked ?? !sound, setSound, setCaptions };
}
