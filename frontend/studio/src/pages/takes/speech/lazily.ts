import { lazy } from "react";

// What only takes with lines need comes with the rest of speech.
export const Captions = lazy(async () => ({ default: (await import("@/pages/later")).Captions }));
export const ListeningKnobs = lazy(async () => ({ default: (await import("@/pages/later")).ListeningKnobs }));
export const SpeechReport = lazy(async () => ({ default: (await import("@/pages/later")).SpeechReport }));
