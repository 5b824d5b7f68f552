import { useDroppable } from "@dnd-kit/core";
import { ActionIcon, Indicator, Menu } from "@mantine/core";
import { IconDots, IconPalette, IconPlus } from "@tabler/icons-react";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Board } from "@/api/film";
import { usePermission } from "@/api/permissions";

import styles from "./Board.module.css";
import type { BoardEdits } from "./useBoardEdits";

const SceneSetting = lazy(async () => ({ default: (await import("@/pages/later")).SceneSetting }));
const ScenePrice = lazy(async () => ({ default: (await import("@/pages/later")).ScenePrice }));
const ScenePriceItem = lazy(async () => ({ default: (await import("@/pages/later")).ScenePriceItem }));
const HearScene = lazy(async () => ({ default: (await import("@/pages/later")).HearScene }));

interface Props {
  board: Board;
  scene: Board["scenes"][number];
  edits: BoardEdits;
  /** A drag would put what is dragged at the end of this scene. */
  target: boolean;
  onAdded: (shotId: string) => void;
  children: ReactNode;
}

/** A scene as a band: its heading, its shots, a place for one more. */
export function SceneBand({ board, scene, edits, target, onAdded, children }: Props) {
  const { t } = useTranslation("board");
  const { setNodeRef } = useDroppable({ id: endOf(scene.id) });
  const may = usePermission("change") !== false;
  const speaks = scene.shots.some((shot) => shot.dialogue.length > 0);
  return (
    <section className={styles.scene} aria-label={t("sceneNumber", { number: scene.ordinal })}>
      <header className={styles.heading}>
        <span className={styles.number}>{scene.ordinal}</span>
        <Heading key={scene.heading} sceneId={scene.id} heading={scene.heading} number={scene.ordinal} onRename={edits.renameScene} />
        {may && speaks && (
          <Suspense fallback={null}>
            <HearScene projectId={board.project.id} scene={scene} />
          </Suspense>
        )}
        <SettingButton scene={scene} edits={edits} />
        {may && <SceneMenu board={board} scene={scene} edits={edits} />}
      </header>
      <ul className={`bare ${styles.shots}`}>
        {children}
        <li ref={setNodeRef} className={styles.end} data-target={target || undefined}>
          {may && (
            <button type="button" className={`plain ${styles.add}`} onClick={() => edits.addShot(scene.id, onAdded)}>
              <IconPlus size={18} aria-hidden />
              {t("addShot")}
            </button>
          )}
        </li>
      </ul>
    </section>
  );
}

/** What the scene's shots have in common, in a drawer; a dot says that there is something to take over. */
function SettingButton({ scene, edits }: Pick<Props, "scene" | "edits">) {
  const { t } = useTranslation("board");
  const [open, setOpen] = useState(false);
  const waits = scene.suggested.plate !== null || scene.suggested.light !== null;
  return (
    <>
      <Indicator disabled={!waits} size={7} offset={5}>
        <ActionIcon variant="subtle" color="gray" aria-label={t("sceneSetting", { number: scene.ordinal })} onClick={() => setOpen(true)}>
          <IconPalette size={18} aria-hidden />
        </ActionIcon>
      </Indicator>
      {open && (
        <Suspense fallback={null}>
          <SceneSetting scene={scene} onChange={(change) => edits.setScene(scene.id, change)} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

/** The name of the place at the end of a scene, among the places where shots can be dropped. */
export function endOf(sceneId: string): string {
  return `end:${sceneId}`;
}

function Heading({
  sceneId,
  heading,
  number,
  onRename,
}: {
  sceneId: string;
  heading: string;
  number: number;
  onRename: (sceneId: string, heading: string) => void;
}) {
  const { t } = useTranslation("board");
  const [typed, setTyped] = useState(heading);
  const may = usePermission("change") !== false;
  const keep = () => typed.trim() !== heading && onRename(sceneId, typed.trim());
  return (
    <input
      className={styles.title}
      aria-label={t("sceneHeading", { number })}
      placeholder={t("sceneUntitled")}
      maxLength={200}
      readOnly={!may}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") setTyped(heading);
      }}
    />
  );
}

function SceneMenu({ board, scene, edits }: Pick<Props, "board" | "scene" | "edits">) {
  const { t } = useTranslation("board");
  const ids = board.scenes.map((one) => one.id);
  const at = ids.indexOf(scene.id);
  const [asked, setAsked] = useState(false);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t("sceneMenu", { number: scene.ordinal })}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={scene.shots.length === 0} onClick={() => edits.renderScene(scene.id)}>
            {t("renderScene")}
          </Menu.Item>
          <Suspense fallback={null}>
            <ScenePriceItem words={t("priceScene")} disabled={scene.shots.length === 0} onClick={() => setAsked(true)} />
          </Suspense>
          <Menu.Item disabled={at === 0} onClick={() => edits.moveScene(scene.id, ids[at - 2] ?? null)}>
            {t("sceneUp")}
          </Menu.Item>
          <Menu.Item disabled={at === ids.length - 1} onClick={() => edits.moveScene(scene.id, ids[at + 1] ?? null)}>
            {t("sceneDown")}
          </Menu.Item>
          <Menu.Item color="red" onClick={() => edits.deleteScene(scene.id)}>
            {t("deleteScene", { count: scene.shots.length })}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asked && (
        <Suspense fallback={null}>
          <ScenePrice
            sceneId={scene.id}
            title={t("sceneNumber", { number: scene.ordinal })}
            words={t("renderScene")}
            onRender={() => edits.renderScene(scene.id)}
            onClose={() => setAsked(false)}
          />
        </Suspense>
      )}
    </>
  );
}
