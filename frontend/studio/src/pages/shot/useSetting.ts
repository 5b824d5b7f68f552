import { useQuery } from "@tanstack/react-query";

import { boardOf, type Board, type Setting } from "@/api/film";

/** What the shots of a scene have in common; undefined until the board is there. */
export function useSetting(projectId: string, sceneId: string): Setting | undefined {
  const select = (board: Board) => board.scenes.find((scene) => scene.id === sceneId)?.setting;
  return useQuery({ ...boardOf(projectId), select }).data;
}
