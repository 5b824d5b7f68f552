import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { withShot, type Board, type ShotChange } from "@/api/film";
import { keys } from "@/api/queries";
import { errorWords } from "@/components/errorWords";
import { say } from "@/lib/toasts";

/** Change several shots alike: shown at once, one edit on the server, taken back when it says no. */
export function useShotsChange(projectId: string): (shotIds: readonly string[], change: ShotChange) => void {
  const { t } = useTranslation("shot");
  const { t: common } = useTranslation("common");
  const client = useQueryClient();
  const key = keys.board(projectId);
  const undo = async () => {
    client.setQueryData(key, await answer(api.POST("/v1/projects/{project_id}/undo", { params: { path: { project_id: projectId } } })));
  };
  const editing = useMutation({
    scope: { id: `board.${projectId}` }, // in the order in which they were made
    mutationFn: ({ shotIds, change }: { shotIds: readonly string[]; change: ShotChange }) =>
      answer(api.POST("/v1/shots/change", { body: { ...change, shot_ids: [...shotIds] } as Schemas["ShotsChange"] })),
    onMutate: async ({ shotIds, change }) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData<Board>(key);
      const shown = shotIds.reduce((board, id) => board && withShot(board, id, (shot) => ({ ...shot, ...change }) as typeof shot), before);
      if (shown) client.setQueryData<Board>(key, shown);
      return before;
    },
    onSuccess: (board, { shotIds }) => {
      client.setQueryData<Board>(key, board);
      say(t("changed", { count: shotIds.length }), { tone: "good", action: { words: common("undo"), act: () => void undo() } });
    },
    onError: (error, _, before) => {
      if (before) client.setQueryData(key, before);
      const { title, help } = errorWords(error, common);
      say(`${title}: ${help}`, { tone: "bad" });
    },
  });
  return (shotIds, change) => editing.mutate({ shotIds, change });
}
