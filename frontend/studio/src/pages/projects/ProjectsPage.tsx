import { useTranslation } from "react-i18next";

import { usePlace } from "@/lib/crumbs";

export function ProjectsPage() {
  const { t } = useTranslation("shell");
  usePlace([{ words: t("projects") }]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("projects")}</h1>
      </header>
    </div>
  );
}
