import { useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import type { Shot, ShotChange } from "@/api/film";
import { say } from "@/lib/toasts";

import { follow, followedFrom, type Followed } from "./stageFollowsPrompt";

interface Props {
  shot: Shot;
  cast: readonly Character[];
  most: number;
  onChange: (change: ShotChange) => void;
}

/** Write the prompt, and let the stage follow it in the same edit: one undo takes both back. */
export function useStageFollowsPrompt({ shot, cast, most, onChange }: Props): (text: string, caret: number | null) => void {
  const { t } = useTranslation("shot");
  const { t: common } = useTranslation("common");
  const last = useRef<{ cast: readonly Character[]; text: string; followed: Followed } | null>(null);
  return (text, caret) => {
    const known = last.current?.cast === cast && last.current.text === shot.prompt; // else an undo, or another cast: read it anew
    const before = known ? last.current!.followed : followedFrom(cast, shot.prompt);
    const next = follow(cast, before, shot.characters, text, caret, most);
    last.current = { cast, text, followed: next.followed };
    const moved = next.entries !== shot.characters;
    if (!moved && text === shot.prompt) return;
    onChange(moved ? { prompt: text, characters: [...next.entries] } : { prompt: text });
    const kept = shot.characters;
    for (const { character_id } of next.gone) {
      const name = cast.find((one) => one.id === character_id)?.name ?? "";
      say(t("leftStage", { name }), { action: { words: common("undo"), act: () => onChange({ prompt: shot.prompt, characters: kept }) } });
    }
  };
}
