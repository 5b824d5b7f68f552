import { useMutation, useQueryClient } from "@tanstack/react-query";

import { mentionOf } from "@/api/cast";
import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";

import { shotsOfStory, type Story } from "./stories";

export interface Order {
  name: string;
  title: string;
  consent: Schemas["ConsentGiven"];
  references: Schemas["ReferenceAsked"][];
  story: Story;
}

/** Cast, board and render a story; returns the film's id as soon as its takes are on their way. */
async function makeFilm({ name, title, consent, references, story }: Order): Promise<string> {
  const character = await answer(api.POST("/characters", { body: { name, consent, references, hidden: false } }));
  const film = await answer(api.POST("/projects", { body: { name: title, aspect: "16:9" } }));
  const params = { path: { project_id: film.id } };
  const scene = await answer(api.POST("/projects/{project_id}/scenes", { params, body: { heading: title } }));
  const path = { scene_id: scene.id };
  const shots = shotsOfStory(story, character.id, mentionOf(name));
  await shots.reduce<Promise<unknown>>(
    (before, body) => before.then(() => answer(api.POST("/scenes/{scene_id}/shots", { params: { path }, body: body as Schemas["ShotCreate"] }))),
    Promise.resolve(),
  );
  await answer(api.POST("/scenes/{scene_id}/takes", { params: { path } }));
  return film.id;
}

export function useFirstFilm(onMade: (projectId: string) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: makeFilm,
    onSuccess: (projectId) => {
      void client.invalidateQueries({ queryKey: keys.characters });
      void client.invalidateQueries({ queryKey: keys.projects });
      void client.invalidateQueries({ queryKey: keys.takes });
      onMade(projectId);
    },
  });
}
