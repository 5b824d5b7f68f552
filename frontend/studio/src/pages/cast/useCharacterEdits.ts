import { useMutation, useQueryClient } from "@tanstack/react-query";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";

/** Everything that can be done to a character; what was fetched of it is fetched anew. */
export function useCharacterEdits(characterId: string) {
  const client = useQueryClient();
  const path = { character_id: characterId };
  const old = () => {
    void client.invalidateQueries({ queryKey: keys.character(characterId) });
    void client.invalidateQueries({ queryKey: keys.characters });
    void client.invalidateQueries({ queryKey: keys.looks(characterId) });
  };
  return {
    rename: useMutation({
      mutationFn: (name: string) => answer(api.PATCH("/v1/characters/{character_id}", { params: { path }, body: { name, allow_duplicate_name: false } })),
      onSuccess: old,
    }),
    addPhotos: useMutation({
      mutationFn: (references: Schemas["ReferenceAsked"][]) =>
        answer(api.POST("/v1/characters/{character_id}/references", { params: { path }, body: { references } })),
      onSuccess: old,
    }),
    removePhoto: useMutation({
      mutationFn: (assetId: string) =>
        answer(api.DELETE("/v1/characters/{character_id}/references/{asset_id}", { params: { path: { ...path, asset_id: assetId } } })),
      onSuccess: old,
    }),
    consent: useMutation({
      mutationFn: (body: Schemas["ConsentGiven"]) => answer(api.POST("/v1/characters/{character_id}/consents", { params: { path }, body })),
      onSuccess: old,
    }),
    revoke: useMutation({
      mutationFn: () => answer(api.POST("/v1/characters/{character_id}/consents/revoke", { params: { path } })),
      onSuccess: old,
    }),
    addLook: useMutation({
      mutationFn: (body: Schemas["LookCreate"]) => answer(api.POST("/v1/characters/{character_id}/looks", { params: { path }, body })),
      onSuccess: old,
    }),
    removeLook: useMutation({
      mutationFn: (lookId: string) =>
        answer(api.DELETE("/v1/characters/{character_id}/looks/{look_id}", { params: { path: { ...path, look_id: lookId } } })),
      onSuccess: old,
    }),
    erase: useMutation({
      mutationFn: () => answer(api.DELETE("/v1/characters/{character_id}", { params: { path } })),
      onSuccess: () => client.invalidateQueries({ queryKey: keys.characters }),
    }),
  };
}
