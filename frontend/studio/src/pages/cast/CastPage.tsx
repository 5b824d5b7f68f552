import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";

import { castQuery, type Character } from "@/api/cast";
import { usePlace } from "@/lib/crumbs";
import { Forbidden } from "@/components/Forbidden";
import { CharacterFace } from "@/components/CharacterFace";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonCards } from "@/components/Skeleton";

import styles from "./Cast.module.css";
import { Coverage } from "./Coverage";
import { ConsentState, Strength } from "./identity";

/** Everybody who can be directed. */
export function CastPage() {
  const { t } = useTranslation("cast");
  const { t: shell } = useTranslation("shell");
  const { history } = useRouter();
  const { data: cast, error, refetch } = useQuery(castQuery);
  usePlace([{ words: shell("cast") }]);
  const add = (
    <Forbidden unless="change">
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => history.push("/cast/new")}>
        {t("castSomeone")}
      </Button>
    </Forbidden>
  );
  return (
    <div className="page">
      <header className="page-head">
        <h1>{shell("cast")}</h1>
        {add}
      </header>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!cast && !error && <SkeletonCards count={4} height={150} />}
      {cast?.length === 0 && (
        <EmptyState title={t("empty")} actions={add}>
          <p>{t("emptyHelp")}</p>
        </EmptyState>
      )}
      {cast && cast.length > 0 && (
        <ul className="bare cards">
          {cast.map((character) => (
            <CharacterCard key={character.id} character={character} />
          ))}
        </ul>
      )}
    </div>
  );
}

function CharacterCard({ character }: { character: Character }) {
  const { t } = useTranslation("cast");
  const { history } = useRouter();
  const to = `/cast/${character.id}`;
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.push(to);
  };
  const advice = character.advice[0];
  return (
    <li>
      <a href={to} onClick={open} className={styles.card}>
        <Strength value={character.strength}>
          <CharacterFace character={character} name={character.name} size={84} />
        </Strength>
        <span className={styles.facts}>
          <strong className={styles.name}>{character.name}</strong>
          <ConsentState consent={character.consent} />
          <Coverage coverage={character.coverage} />
          {advice && <span className="faint">{t(`advice.${advice.code}`)}</span>}
        </span>
      </a>
    </li>
  );
}
