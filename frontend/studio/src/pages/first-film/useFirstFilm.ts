import { useMutation, useQueryClient } from "@tanstack/react-query";

import { mentionOf } from "@/api/cast";
import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { refusalWords } from "@/components/errorWords";

import type { Made } from "./filmDraft";
import type { Sentence } from "./sentence";
import { shotsOfStory, type Story } from "./stories";

export interface Order {
  name: string;
  title: string;
  consent: Schemas["ConsentGiven"] | null;
  references: Schemas["ReferenceAsked"][];
  story: Story;
  sentence: Sentence;
}

/** Cast, board and render a story, from where it stands; `keep` is told after each step. */
export async function makeFilm(order: Order, made: Made, keep: (made: Made) => void): Promise<void> {
  let now = made;
  const went = (more: Made) => keep((now = { ...now, ...more }));
  const { name, title, consent, references, story, sentence } = order;
  if (!now.characterId) {
    if (!consent) throw new Error("a character needs a consent");
    const body = { name, consent, references, hidden: false, allow_duplicate_name: false };
    went({ characterId: (await answer(api.POST("/v1/characters", { body }))).id });
  }
  if (sentence.by === "hero" && sentence.recording !== null && !now.voiceAllowed && consent) {
    const path = { character_id: String(now.characterId) };
    await answer(api.POST("/v1/characters/{character_id}/voice/consents", { params: { path }, body: consent }));
    went({ voiceAllowed: true });
  }
  if (!now.projectId) went({ projectId: (await answer(api.POST("/v1/projects", { body: { name: title, aspect: "16:9" } }))).id });
  if (!now.sceneId) {
    const params = { path: { project_id: String(now.projectId) } };
    went({ sceneId: (await answer(api.POST("/v1/projects/{project_id}/scenes", { params, body: { heading: title } }))).id });
  }
  const params = { path: { scene_id: String(now.sceneId) } };
  const shots = shotsOfStory(story, String(now.characterId), mentionOf(name), sentence).slice(now.shots ?? 0);
  await shots.reduce<Promise<void>>(async (before, body) => {
    await before;
    await answer(api.POST("/v1/scenes/{scene_id}/shots", { params, body: body as Schemas["ShotCreate"] }));
    went({ shots: (now.shots ?? 0) + 1 });
  }, Promise.resolve());
  const header = { "Idempotency-Key": `first-film-${now.sceneId}` }; // an answer that was lost on its way starts no second take
  const { refusals } = await answer(api.POST("/v1/scenes/{scene_id}/takes", { params: { ...params, header } }));
  went({ submitted: { refusals: refusals.map(({ number, code, detail, members }) => ({ number, detail: refusalWords({ ...members, code, detail }).help })) } });
}

export function useFirstFilm(made: Made, keep: (made: Made) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: Order) => makeFilm(order, made, keep),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.characters });
      void client.invalidateQueries({ queryKey: keys.projects });
      void client.invalidateQueries({ queryKey: keys.takes });
    },
  });
}
