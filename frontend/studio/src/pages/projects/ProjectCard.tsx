import { ActionIcon, Button, Menu, Modal, TextInput } from "@mantine/core";
import { IconDots, IconMovie } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useState, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";

import { fileOf } from "@/api/film";
import { usePermission } from "@/api/permissions";
import { ConfirmDelete } from "@/components/ConfirmDelete";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PictureFrame, PictureRetry } from "@/components/PictureFrame";
import { usePicture } from "@/components/usePicture";

import styles from "./Projects.module.css";
import { useProjectEdits, type Project } from "./useProjects";

/** A film with its poster. */
export function ProjectCard({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const { t: common } = useTranslation("common");
  const { history } = useRouter();
  const [asked, setAsked] = useState<"rename" | "delete" | null>(null);
  const to = `/films/${project.id}`;
  const may = usePermission("change") !== false;
  const { scenes, shots, takes, circled } = project.counts;
  const poster = usePicture(project.poster_take_id ? fileOf(project.poster_take_id, "thumbnail") : undefined);
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.push(to);
  };
  return (
    <li className={styles.card}>
      <a href={to} onClick={open} className={styles.link}>
        <span className={`frame ${styles.poster}`}>
          {poster ? <PictureFrame picture={poster} /> : <IconMovie size={36} stroke={1.2} aria-hidden />}
        </span>
        <strong className={styles.name}>{project.name}</strong>
      </a>
      <PictureRetry picture={poster} over={styles.retry} />
      <span className={styles.foot}>
        <span className="faint tabular">{t("counts", { scenes, shots, takes, circled })}</span>
        {may && (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={t("menu", { name: project.name })}>
                <IconDots size={18} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setAsked("rename")}>{common("rename")}</Menu.Item>
              <Menu.Item color="red" onClick={() => setAsked("delete")}>
                {common("delete")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </span>
      {asked === "rename" && <Rename project={project} onClose={() => setAsked(null)} />}
      {asked === "delete" && <Erase project={project} onClose={() => setAsked(null)} />}
    </li>
  );
}

function Rename({ project, onClose }: { project: Project; onClose: () => void }) {
  const { t } = useTranslation("projects");
  const { t: common } = useTranslation("common");
  const { rename } = useProjectEdits(project);
  const [name, setName] = useState(project.name);
  return (
    <Modal opened onClose={onClose} title={common("rename")} centered closeButtonProps={{ "aria-label": common("close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate(name.trim(), { onSuccess: onClose });
        }}
      >
        <TextInput label={t("name")} value={name} maxLength={200} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
        {rename.error && <ErrorNotice error={rename.error} />}
        <Button type="submit" mt="md" disabled={name.trim() === ""} loading={rename.isPending}>
          {common("save")}
        </Button>
      </form>
    </Modal>
  );
}

function Erase({ project, onClose }: { project: Project; onClose: () => void }) {
  const { t } = useTranslation("projects");
  const { erase } = useProjectEdits(project);
  const { scenes, shots, takes } = project.counts;
  return (
    <ConfirmDelete
      opened
      name={project.name}
      busy={erase.isPending}
      error={erase.error}
      onClose={onClose}
      onConfirm={() => erase.mutate(undefined, { onSuccess: onClose })}
    >
      <p>{t("eraseWhat", { scenes, shots, takes })}</p>
    </ConfirmDelete>
  );
}
