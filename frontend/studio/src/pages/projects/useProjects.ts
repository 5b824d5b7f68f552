import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { projectsQuery } from "@/api/film";
import { keys } from "@/api/queries";
import { say } from "@/lib/toasts";

export type Project = Schemas["ProjectView"];
export type Aspect = Project["aspect"];
export const ASPECTS: readonly Aspect[] = ["16:9", "9:16", "1:1", "4:3", "2.39:1"];

const LOOK_AGAIN_MS = 2000;
const LOOKS = 15;

/**
 * Every film, newest first, a page at a time. Where there is none it looks again for half a minute: somebody who signs in
 * for the first time gets the example, a little later where the engine still loads.
 */
export function useProjects() {
  return useInfiniteQuery({
    ...projectsQuery,
    refetchInterval: ({ state: { data, dataUpdateCount } }) =>
      data?.pages[0]?.data.length === 0 && dataUpdateCount < LOOKS && LOOK_AGAIN_MS,
  });
}

/** Begin a film and open its board. */
export function useBegin() {
  const client = useQueryClient();
  const { history } = useRouter();
  const opened = (projectId: string) => {
    void client.invalidateQueries({ queryKey: keys.projects });
    void client.invalidateQueries({ queryKey: keys.characters });
    history.push(`/films/${projectId}`);
  };
  const blank = useMutation({
    mutationFn: (body: { name: string; aspect: Aspect }) => answer(api.POST("/v1/projects", { body })),
    onSuccess: (project) => opened(project.id),
  });
  const example = useMutation({
    mutationFn: () => answer(api.POST("/v1/projects/example")),
    onSuccess: (board) => opened(board.project.id),
  });
  return { blank, example, opened };
}

/** A film from a screenplay; what was found is shown before the board is opened. */
export function useScreenplay() {
  return useMutation({
    mutationFn: (body: { fountain: string; name?: string; aspect: Aspect }) => answer(api.POST("/v1/projects/import", { body })),
  });
}

export function useProjectEdits(project: Project) {
  const { t } = useTranslation("projects");
  const client = useQueryClient();
  const params = { path: { project_id: project.id } };
  /** Done when the page shows it: a dialog that closes before would leave the old name behind it. */
  const old = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.projects }),
      client.invalidateQueries({ queryKey: keys.board(project.id) }),
    ]);
  const rename = useMutation({
    mutationFn: (name: string) => answer(api.PATCH("/v1/projects/{project_id}", { params, body: { name } })),
    onSuccess: old,
  });
  const erase = useMutation({
    mutationFn: () => answer(api.DELETE("/v1/projects/{project_id}", { params })),
    // Said here and not by the dialog: that may be gone with the film's card before it hears the answer.
    onSuccess: (gone) => {
      say(t("erased", { name: project.name, takes: gone.takes, files: gone.files }));
      return old();
    },
  });
  return { rename, erase };
}
