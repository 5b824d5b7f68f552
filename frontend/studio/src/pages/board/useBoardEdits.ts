import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import type { Board } from "@/api/film";
import { keys } from "@/api/queries";
import { errorWords, refusalWords } from "@/components/errorWords";
import { say } from "@/lib/toasts";

import { moved, without, type Goal } from "./order";

/** One edit of the board: what is shown at once, and what the server is asked. */
interface Edit {
  shown?: (board: Board) => Board;
  ask: () => Promise<unknown>;
}

export interface BoardEdits {
  busy: boolean;
  addScene: (heading: string) => void;
  renameScene: (sceneId: string, heading: string) => void;
  /** What its shots have in common. */
  setScene: (sceneId: string, change: Schemas["SettingChange"]) => void;
  deleteScene: (sceneId: string) => void;
  addShot: (sceneId: string, onAdded: (shotId: string) => void) => void;
  duplicate: (shotIds: readonly string[], onAdded: (shotIds: readonly string[]) => void) => void;
  deleteShots: (shotIds: readonly string[]) => void;
  move: (shotIds: readonly string[], goal: Goal) => void;
  /** Right after another scene; null: first. */
  moveScene: (sceneId: string, after: string | null) => void;
  undo: () => void;
  redo: () => void;
  renderScene: (sceneId: string) => void;
}

/** Edits of a film's board, shown before the answer comes and taken back when it says no. */
export function useBoardEdits(projectId: string): BoardEdits {
  const { t } = useTranslation("board");
  const { t: common } = useTranslation("common");
  const client = useQueryClient();
  const key = keys.board(projectId);
  const editing = useMutation({
    mutationKey: keys.boardEdit,
    scope: { id: `board.${projectId}` }, // in the order in which they were made
    mutationFn: (edit: Edit) => edit.ask(),
    onMutate: async ({ shown }: Edit) => {
      // An undo may take a shot away whose takes are being asked for.
      await Promise.all([client.cancelQueries({ queryKey: key }), client.cancelQueries({ queryKey: ["shot-takes"] })]);
      const before = client.getQueryData<Board>(key);
      if (before && shown) client.setQueryData<Board>(key, shown(before));
      return before;
    },
    onError: (error, _, before) => {
      if (before) client.setQueryData(key, before);
      const { title, help } = errorWords(error, common);
      say(`${title}: ${help}`, { tone: "bad" });
    },
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
  const make = editing.mutate;
  const project = { params: { path: { project_id: projectId } } };
  const scene = (id: string) => ({ params: { path: { scene_id: id } } });
  const undo = () => make({ ask: () => answer(api.POST("/v1/projects/{project_id}/undo", project)) });
  const sayUndo = (words: string) => say(words, { action: { words: common("undo"), act: undo } });

  return {
    busy: editing.isPending,
    undo,
    redo: () => make({ ask: () => answer(api.POST("/v1/projects/{project_id}/redo", project)) }),
    addScene: (heading) => make({ ask: () => answer(api.POST("/v1/projects/{project_id}/scenes", { ...project, body: { heading } })) }),
    renameScene: (id, heading) =>
      make({
        shown: (board) => ({ ...board, scenes: board.scenes.map((one) => (one.id === id ? { ...one, heading } : one)) }),
        ask: () => answer(api.PATCH("/v1/scenes/{scene_id}", { ...scene(id), body: { heading } })),
      }),
    setScene: (id, change) =>
      make({
        shown: (board) => ({ ...board, scenes: board.scenes.map((one) => (one.id === id ? { ...one, setting: { ...one.setting, ...change } as typeof one.setting } : one)) }),
        ask: () => answer(api.PATCH("/v1/scenes/{scene_id}", { ...scene(id), body: { setting: change } })),
      }),
    deleteScene: (id) => {
      const shown = (board: Board) => ({ ...board, scenes: board.scenes.filter((one) => one.id !== id) });
      make({ shown, ask: () => answer(api.DELETE("/v1/scenes/{scene_id}", scene(id))) }, { onSuccess: () => sayUndo(t("sceneDeleted")) });
    },
    addShot: (id, onAdded) =>
      make(
        { ask: () => answer(api.POST("/v1/scenes/{scene_id}/shots", { ...scene(id), body: {} as Schemas["ShotCreate"] })) },
        { onSuccess: (added) => onAdded((added as { id: string }).id) },
      ),
    duplicate: (ids, onAdded) =>
      make(
        { ask: () => answer(api.POST("/v1/shots/duplicate", { body: { shot_ids: [...ids] } })) },
        {
          onSuccess: (made) => {
            const { board, shot_ids } = made as Schemas["ShotsDuplicated"];
            client.setQueryData(key, board);
            onAdded(shot_ids);
          },
        },
      ),
    deleteShots: (ids) =>
      make(
        { shown: (board) => without(board, ids), ask: () => answer(api.POST("/v1/shots/delete", { body: { shot_ids: [...ids] } })) },
        { onSuccess: () => sayUndo(t("shotsDeleted", { count: ids.length })) },
      ),
    moveScene: (id, after) =>
      make({ ask: () => answer(api.POST("/v1/scenes/{scene_id}/move", { ...scene(id), body: { after } })) }),
    move: (ids, goal) =>
      make({
        shown: (board) => moved(board, ids, goal),
        ask: () => answer(api.POST("/v1/shots/move", { body: { shot_ids: [...ids], scene_id: goal.sceneId, after: goal.after } })),
      }),
    renderScene: (id) =>
      make(
        { ask: () => answer(api.POST("/v1/scenes/{scene_id}/takes", scene(id))) },
        {
          onSuccess: (made) => {
            tellRefusals(made as Schemas["SceneTakesView"], t("sceneRenders", { count: (made as Schemas["SceneTakesView"]).data.length }));
            void client.invalidateQueries({ queryKey: ["shot-takes"] });
            void client.invalidateQueries({ queryKey: keys.takes });
          },
        },
      ),
  };
}

function tellRefusals({ refusals }: Schemas["SceneTakesView"], words: string): void {
  say(words, { tone: "good" });
  for (const { number, code, detail, members } of refusals.slice(0, 3)) {
    const { title, help } = refusalWords({ ...members, code, detail });
    say(`${number}: ${title}. ${help}`, { tone: "bad" });
  }
}
