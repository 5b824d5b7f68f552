import type { Schemas } from "@/api/client";

import { NO_SENTENCE, type Sentence } from "./sentence";

type NewShot = Schemas["ShotCreate"];

/** A story of five shots; `@` stands for the one who is cast. Prompts say what the previs acts well. */
export interface Story {
  name: "birthday" | "bedtime" | "explorer" | "space" | "school";
  shots: readonly { prompt: string; backdrop: string; framing: NewShot["framing"]; camera: NewShot["camera"] }[];
}

const HOLD = { move: "hold" } as const;
const IN = { move: "push_in", speed: "slow" } as const;
const OUT = { move: "pull_out", speed: "slow" } as const;

const shot = (prompt: string, backdrop: string, framing: NewShot["framing"] = "cu", camera: NewShot["camera"] = HOLD) => ({
  prompt,
  backdrop,
  framing,
  camera,
});

export const STORIES: readonly Story[] = [
  {
    name: "birthday",
    shots: [
      shot("@ looks up and raises the brows", "living-room", "ms"),
      shot("@ smiles", "living-room", "cu", IN),
      shot("@ closes the eyes", "living-room", "cu"),
      shot("@ talks, then smiles", "living-room", "ms"),
      shot("@ nods and smiles", "living-room", "cu", OUT),
    ],
  },
  {
    name: "bedtime",
    shots: [
      shot("@ looks down", "living-room", "ms"),
      shot("@ talks", "living-room", "cu"),
      shot("@ tilts the head to the left and smiles", "night-city", "cu"),
      shot("@ looks up", "night-city", "ms", IN),
      shot("@ closes the eyes", "night-city", "cu"),
    ],
  },
  {
    name: "explorer",
    shots: [
      shot("@ turns the head to the left", "forest", "ms"),
      shot("@ turns the head to the right", "forest", "cu"),
      shot("@ raises the brows and smiles", "meadow", "cu", IN),
      shot("@ looks up", "snow-mountains", "ms"),
      shot("@ nods, then smiles", "beach", "cu", OUT),
    ],
  },
  {
    name: "space",
    shots: [
      shot("@ nods", "studio", "cu"),
      shot("@ looks up", "space", "ms", IN),
      shot("@ turns the head to the right and raises the brows", "space", "cu"),
      shot("@ talks", "space", "cu"),
      shot("@ smiles", "space", "ms", OUT),
    ],
  },
  {
    name: "school",
    shots: [
      shot("@ looks to the right", "street", "ms"),
      shot("@ smiles", "street", "cu"),
      shot("@ shakes the head", "office", "cu"),
      shot("@ talks, then nods", "office", "ms"),
      shot("@ smiles and looks up", "meadow", "cu", IN),
    ],
  },
];

export const SECONDS = 3;
export const SIZE = "768x432";

/** A story's takes as they are priced, before anybody is cast: all stories are as long. */
export const UNCAST: Schemas["UncastTake"][] = STORIES[0]?.shots.map(() => ({ model: "previs", seconds: SECONDS, size: SIZE })) ?? [];

/** The shot in which the sentence is said: the first in which somebody talks, or else the first. */
export function shotThatSpeaks(story: Story): number {
  return Math.max(0, story.shots.findIndex((one) => one.prompt.includes("talks")));
}

/** What the studio is told of each shot of a story. */
export function shotsOfStory(story: Story, characterId: string, mention: string, sentence: Sentence = NO_SENTENCE): Partial<NewShot>[] {
  const spoken = lineOf(sentence, characterId);
  return story.shots.map(({ prompt, backdrop, framing, camera }, place) => ({
    ...(spoken && place === shotThatSpeaks(story) ? { dialogue: [spoken], seconds: null } : { seconds: SECONDS }),
    prompt: prompt.replaceAll("@", mention),
    characters: [{ character_id: characterId, expected: "always" as const }],
    framing,
    camera,
    size: SIZE,
    plate: { kind: "backdrop" as const, name: backdrop },
  }));
}

function lineOf({ text, by, recording }: Sentence, characterId: string): NonNullable<NewShot["dialogue"]>[number] | null {
  if (text.trim() === "") return null;
  const told = { speaker: "", text: text.trim(), parenthetical: "", voice: null, pause_before_s: 0 };
  if (by === "hero" && recording !== null) return { ...told, character_id: characterId, recording, off_screen: false };
  return { ...told, character_id: null, recording: null, off_screen: true };
}
