import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import { answer, api } from "@/api/client";
import { usePermission } from "@/api/permissions";
import { keys } from "@/api/queries";
import { usePlace } from "@/lib/crumbs";
import { CharacterFace } from "@/components/CharacterFace";
import { ConfirmDelete } from "@/components/ConfirmDelete";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Skeleton } from "@/components/Skeleton";

import styles from "./Cast.module.css";
import { ConsentSection } from "./ConsentSection";
import { Coverage } from "./Coverage";
import { Erased } from "./Erased";
import { ConsentState, Strength } from "./identity";
import { NameField } from "./NameField";
import { References } from "./References";
import { useCharacterEdits } from "./useCharacterEdits";

const Looks = lazy(async () => ({ default: (await import("@/pages/later")).Looks }));
const VoiceSection = lazy(async () => ({ default: (await import("@/pages/later")).VoiceSection }));

/** One character: identity at the left, looks and consent beside it. */
export function CharacterPage() {
  const { t: shell } = useTranslation("shell");
  const { characterId = "" } = useParams({ strict: false }) as Record<string, string>;
  const { data: character, error, refetch } = useQuery({
    queryKey: keys.character(characterId),
    queryFn: () => answer(api.GET("/v1/characters/{character_id}", { params: { path: { character_id: characterId } } })),
    staleTime: 5 * 60_000,
  });
  usePlace([{ words: shell("cast"), to: "/cast" }, { words: character?.name ?? "…" }]);
  return (
    <div className="page">
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!character && !error && <Skeleton height={320} />}
      {character && <Loaded character={character} />}
    </div>
  );
}

function Loaded({ character }: { character: Character }) {
  const { t } = useTranslation("cast");
  const may = usePermission("change") !== false;
  const [asked, setAsked] = useState(false);
  const { erase } = useCharacterEdits(character.id);
  const { history } = useRouter();
  if (erase.data) return <Erased name={character.name} certificate={erase.data} onClose={() => history.push("/cast")} />;
  return (
    <>
      <h1 className="unseen">{character.name}</h1>
      <header className={styles.person}>
        <Strength value={character.strength}>
          <CharacterFace character={character} name={character.name} size={84} />
        </Strength>
        <div className={styles.facts}>
          <NameField character={character} />
          <ConsentState consent={character.consent} />
          <span className="soft" title={t("turningHelp")}>
            {t("turning", { left: character.turning.left_deg, right: character.turning.right_deg })}
          </span>
        </div>
        <Coverage coverage={character.coverage} />
        <ul className="soft">
          {character.advice.slice(0, 3).map(({ code }) => (
            <li key={code}>{t(`advice.${code}`)}</li>
          ))}
        </ul>
      </header>
      <div className={styles.sections}>
        <References character={character} />
        <Suspense fallback={<Skeleton height={200} />}>
          <Looks character={character} />
        </Suspense>
        <ConsentSection character={character} />
        <Suspense fallback={<Skeleton height={320} />}>
          <VoiceSection character={character} />
        </Suspense>
        {may && (
          <section className={styles.step} aria-label={t("erase")}>
            <h2 className={styles.stepTitle}>{t("erase")}</h2>
            <p className="soft">{t("eraseWhat", { name: character.name, count: character.references.length })}</p>
            <Button mt="md" variant="default" c="var(--bad)" onClick={() => setAsked(true)}>
              {t("eraseName", { name: character.name })}
            </Button>
          </section>
        )}
      </div>
      <ConfirmDelete
        opened={asked}
        name={character.name}
        busy={erase.isPending}
        error={erase.error}
        onClose={() => setAsked(false)}
        onConfirm={() => erase.mutate()}
      >
        <p>{t("eraseWhat", { name: character.name, count: character.references.length })}</p>
      </ConfirmDelete>
    </>
  );
}
