import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { keys } from "@/api/queries";
import { say } from "@/lib/toasts";
import { uploadFile } from "@/lib/uploads";
import { errorWords } from "@/components/errorWords";

import { bodyOf, draftOf, type Look, type LookDraft } from "./lookDraft";

/** Change a look, and offer to take it back. A picture that is replaced is erased, so the way back brings its own copy. */
export function useLookChange(look: Look) {
  const { t } = useTranslation("cast");
  const { t: common } = useTranslation("common");
  const client = useQueryClient();
  const params = { path: { character_id: look.character_id, look_id: look.id } };
  const put = async (draft: LookDraft) => {
    await answer(api.PATCH("/v1/characters/{character_id}/looks/{look_id}", { params, body: bodyOf(draft) }));
    await client.invalidateQueries({ queryKey: keys.looks(look.character_id) });
  };
  return useMutation({
    mutationFn: async (draft: LookDraft) => {
      const before = draftOf(look);
      const copy = draft.picture !== before.picture ? await copyOf(look.picture_url) : null;
      await put(draft);
      return async () => put(copy ? { ...before, picture: (await uploadFile(copy, "photo")).id } : before);
    },
    onSuccess: (takeBack) => {
      const fail = (error: unknown) => {
        const { title, help } = errorWords(error, common);
        say(`${title}: ${help}`, { tone: "bad" });
      };
      const act = () => void takeBack().catch(fail);
      say(t("lookSaved", { name: look.name }), { tone: "good", action: { words: common("undo"), act } });
    },
  });
}

async function copyOf(link: string | null | undefined): Promise<File | null> {
  if (!link) return null;
  const picture = await (await fetch(link)).blob();
  return new File([picture], "look.png", { type: picture.type });
}
