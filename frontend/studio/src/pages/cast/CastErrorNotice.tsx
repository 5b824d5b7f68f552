import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { Problem } from "@/api/problem";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./Cast.module.css";

/** Why somebody could not be cast or renamed; where the name is taken, the way to whoever has it. */
export function CastErrorNotice({ error }: { error: unknown }) {
  const { t } = useTranslation("cast");
  const taken = error instanceof Problem && error.code === "name_taken" ? error.body.character_id : null;
  return (
    <div className={styles.refusal}>
      <ErrorNotice error={error}>
        {typeof taken === "string" && (
          <Link to="/cast/$characterId" params={{ characterId: taken }}>
            {t("whoHasTheName")}
          </Link>
        )}
      </ErrorNotice>
    </div>
  );
}
