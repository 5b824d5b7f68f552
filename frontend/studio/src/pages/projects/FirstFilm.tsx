import { Button } from "@mantine/core";
import { IconLayoutBoard, IconPlayerPlay, IconUserPlus } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { Forbidden } from "@/components/Forbidden";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./Projects.module.css";
import { useBegin } from "./useProjects";

const STEPS = [
  { name: "cast", Sign: IconUserPlus, backdrop: "studio" },
  { name: "board", Sign: IconLayoutBoard, backdrop: "street" },
  { name: "takes", Sign: IconPlayerPlay, backdrop: "night-city" },
] as const;

/** Nothing yet: how a film is made here, in three steps, and the quickest ways to see it. */
export function FirstFilm({ onNew }: { onNew: () => void }) {
  const { t } = useTranslation("projects");
  const { history } = useRouter();
  const { example } = useBegin();
  return (
    <EmptyState
      title={t("empty")}
      picture={
        <ol className={`bare ${styles.steps}`}>
          {STEPS.map(({ name, Sign, backdrop }, at) => (
            <li key={name} className={styles.step}>
              <span className={`frame ${styles.scene}`} style={{ backgroundImage: `url(/static/backdrops/${backdrop}.webp)` }}>
                <span className={styles.sign}>
                  <Sign size={22} stroke={1.6} aria-hidden />
                </span>
              </span>
              <strong>
                {at + 1}. {t(`steps.${name}`)}
              </strong>
              <span className="soft">{t(`stepsHelp.${name}`)}</span>
            </li>
          ))}
        </ol>
      }
      actions={
        <>
          <Forbidden unless="change">
            <Button loading={example.isPending} onClick={() => example.mutate()}>
              {t("beginExample")}
            </Button>
          </Forbidden>
          <Forbidden unless="change">
            <Button variant="default" onClick={() => history.push("/first-film")}>
              {t("firstFilm")}
            </Button>
          </Forbidden>
          <Forbidden unless="change">
            <Button variant="default" onClick={onNew}>
              {t("blank")}
            </Button>
          </Forbidden>
        </>
      }
    >
      <p>{t("emptyHelp")}</p>
      {example.error && <ErrorNotice error={example.error} />}
    </EmptyState>
  );
}
