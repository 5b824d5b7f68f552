import { infiniteQueryOptions, queryOptions, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";

import { answer, api, type Schemas } from "./client";
import { keys } from "./queries";

export type Board = Schemas["BoardView"];
export type Shot = Schemas["ShotView"];
/** What the shots of a scene have in common. */
export type Setting = Board["scenes"][number]["setting"];
export type Grade = NonNullable<Setting["grade"]>;
export type ShotChange = Schemas["ShotChange"];
/** A take of a shot, as lists have it: the receipt and the cosines of its frames come with the take by itself. */
export type ShotTake = Schemas["ShotTakeSummary"];

const FILMS_A_PAGE = 24;

/** Every film, newest first, a page at a time. */
export const projectsQuery = infiniteQueryOptions({
  queryKey: keys.projects,
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam }) => answer(api.GET("/v1/projects", { params: { query: { limit: FILMS_A_PAGE, after: pageParam } } })),
  getNextPageParam: (page) => (page.has_more ? (page.last_id ?? undefined) : undefined),
});

/** A film's board: the one place where scenes and shots are kept; edits change it before the answer comes. */
export function boardOf(projectId: string) {
  return queryOptions({
    queryKey: keys.board(projectId),
    queryFn: () => answer(api.GET("/v1/projects/{project_id}/board", { params: { path: { project_id: projectId } } })),
  });
}

/** One shot of a board; undefined while it loads, null when it is not there. */
export function useShot(projectId: string, shotId: string): Shot | null | undefined {
  const { data } = useQuery({
    ...boardOf(projectId),
    select: (board: Board) => board.scenes.flatMap((scene) => scene.shots).find((shot) => shot.id === shotId) ?? null,
  });
  return data;
}

/** The board with one shot changed: what an optimistic edit shows. */
export function withShot(board: Board, shotId: string, change: (shot: Shot) => Shot): Board {
  const scenes = board.scenes.map((scene) => ({
    ...scene,
    shots: scene.shots.map((shot) => (shot.id === shotId ? change(shot) : shot)),
  }));
  return { ...board, scenes };
}

/** Change one shot in the kept board, if it is there. */
export function changeKeptShot(client: QueryClient, projectId: string, shotId: string, change: (shot: Shot) => Shot): void {
  client.setQueryData<Board>(keys.board(projectId), (board) => board && withShot(board, shotId, change));
}

/** Every take of a shot, newest first. */
export function takesOf(shotId: string) {
  return queryOptions({
    queryKey: keys.shotTakes(shotId),
    queryFn: async ({ signal }) => {
      const list = await answer(api.GET("/v1/shots/{shot_id}/takes", { params: { path: { shot_id: shotId } }, signal }));
      return list.data as ShotTake[]; // the client's own types lose the length of a pair
    },
  });
}

/** A take by itself, with its receipt and the cosines of its frames. */
export function takeOf(takeId: string) {
  return queryOptions({
    queryKey: keys.take(takeId),
    queryFn: async ({ signal }) => {
      const take = await answer(api.GET("/v1/takes/{take_id}", { params: { path: { take_id: takeId } }, signal }));
      return take as Schemas["TakeView"]; // the client's own types lose the length of a pair
    },
  });
}

/** Choose a take of a shot, or none. */
export function useCircle(projectId: string, shotId: string): (takeId: string | null) => Promise<void> {
  const client = useQueryClient();
  return async (takeId) => {
    const shot = await answer(
      api.PUT("/v1/shots/{shot_id}/circled", { params: { path: { shot_id: shotId } }, body: { take_id: takeId } }),
    );
    changeKeptShot(client, projectId, shotId, () => shot);
    await client.invalidateQueries({ queryKey: keys.shotTakes(shotId) });
  };
}

/** A link to one of a take's files, for `src` attributes: the API answers with a short-lived one. */
export function fileOf(takeId: string, variant: "video" | "thumbnail" | "sprite"): string {
  return `/v1/takes/${takeId}/content?variant=${variant}`;
}
