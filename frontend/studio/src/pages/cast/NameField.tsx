import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import { usePermission } from "@/api/permissions";

import { CastErrorNotice } from "./CastErrorNotice";
import { useCharacterEdits } from "./useCharacterEdits";

/** The character's name, changed in place. */
export function NameField({ character }: { character: Character }) {
  const { t } = useTranslation("cast");
  const { rename } = useCharacterEdits(character.id);
  const may = usePermission("change") !== false;
  const [name, setName] = useState(character.name);
  const keep = () => {
    const wanted = name.trim();
    if (wanted && wanted !== character.name) rename.mutate(wanted, { onError: () => setName(character.name) });
    else setName(character.name);
  };
  return (
    <>
      <TextInput
        aria-label={t("name")}
        size="md"
        value={name}
        maxLength={80}
        readOnly={!may}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={keep}
        onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      />
      {rename.error && <CastErrorNotice error={rename.error} />}
    </>
  );
}
