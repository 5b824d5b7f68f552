import { Button, FileButton, Group, Modal, Select, Tabs, Textarea, TextInput } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import { useDraft } from "@/lib/drafts";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./Projects.module.css";
import { ASPECTS, useBegin, useScreenplay, type Aspect } from "./useProjects";

interface Props {
  onClose: () => void;
}

/** Three ways to begin: blank, from a screenplay, from the example. */
export default function NewFilm({ onClose }: Props) {
  const { t } = useTranslation("projects");
  const { t: common } = useTranslation("common");
  const { example } = useBegin();
  return (
    <Modal opened onClose={onClose} title={t("newFilm")} size="lg" centered closeButtonProps={{ "aria-label": common("close") }}>
      <Tabs defaultValue="blank" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="blank">{t("blank")}</Tabs.Tab>
          <Tabs.Tab value="screenplay">{t("screenplay")}</Tabs.Tab>
          <Tabs.Tab value="example">{t("example")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="blank">
          <Blank />
        </Tabs.Panel>
        <Tabs.Panel value="screenplay">
          <Screenplay />
        </Tabs.Panel>
        <Tabs.Panel value="example">
          <p className="soft">{t("exampleHelp")}</p>
          {example.error && <ErrorNotice error={example.error} />}
          <Button mt="md" loading={example.isPending} onClick={() => example.mutate()}>
            {t("beginExample")}
          </Button>
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

function AspectField({ value, onChange }: { value: Aspect; onChange: (aspect: Aspect) => void }) {
  const { t } = useTranslation("projects");
  return (
    <Select
      label={t("aspect")}
      data={[...ASPECTS]}
      value={value}
      allowDeselect={false}
      onChange={(aspect) => aspect && onChange(aspect as Aspect)}
    />
  );
}

function Blank() {
  const { t } = useTranslation("projects");
  const { blank } = useBegin();
  const draft = useDraft("film.blank", { name: "", aspect: "16:9" as Aspect });
  const { name, aspect } = draft.value;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        blank.mutate({ name: name.trim(), aspect }, { onSuccess: draft.drop });
      }}
    >
      <TextInput
        label={t("name")}
        value={name}
        maxLength={200}
        data-autofocus
        onChange={(event) => draft.set({ name: event.currentTarget.value, aspect })}
      />
      <AspectField value={aspect} onChange={(chosen) => draft.set({ name, aspect: chosen })} />
      {blank.error && <ErrorNotice error={blank.error} />}
      <Button type="submit" disabled={name.trim() === ""} loading={blank.isPending}>
        {t("begin")}
      </Button>
    </form>
  );
}

function Screenplay() {
  const { t } = useTranslation("projects");
  const { opened } = useBegin();
  const reading = useScreenplay();
  const draft = useDraft("film.screenplay", { fountain: "", aspect: "16:9" as Aspect });
  const { fountain, aspect } = draft.value;
  if (reading.data) return <Read found={reading.data} onOpen={opened} />;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        reading.mutate({ fountain, aspect }, { onSuccess: draft.drop });
      }}
    >
      <Textarea
        label={t("fountain")}
        description={t("fountainHint")}
        placeholder={t("fountainExample")}
        autosize
        minRows={8}
        maxRows={16}
        maxLength={400_000}
        value={fountain}
        onChange={(event) => draft.set({ fountain: event.currentTarget.value, aspect })}
      />
      <FileButton accept=".fountain,.txt,text/plain" onChange={(file) => void file?.text().then((text) => draft.set({ fountain: text, aspect }))}>
        {(props) => (
          <Button {...props} variant="default" size="xs">
            {t("fountainFile")}
          </Button>
        )}
      </FileButton>
      <AspectField value={aspect} onChange={(chosen) => draft.set({ fountain, aspect: chosen })} />
      {reading.error && <ErrorNotice error={reading.error} />}
      <Button type="submit" disabled={fountain.trim() === ""} loading={reading.isPending}>
        {t("read")}
      </Button>
    </form>
  );
}

/** What was found in a screenplay: who is cast already, who is still to be, and whose name is not theirs alone. */
function Read({ found, onOpen }: { found: Schemas["ImportView"]; onOpen: (projectId: string) => void }) {
  const { t } = useTranslation("projects");
  const { history } = useRouter();
  const { project } = found.board;
  return (
    <div className={styles.form}>
      <p>{t("found", { name: project.name, scenes: project.counts.scenes, shots: project.counts.shots })}</p>
      {found.unmatched.length > 0 && (
        <>
          <p className="soft">{t("unmatched")}</p>
          <Group gap="xs">
            {found.unmatched.map((name) => (
              <Button key={name} size="xs" variant="default" onClick={() => history.push(`/cast/new?name=${encodeURIComponent(name)}`)}>
                {t("castName", { name })}
              </Button>
            ))}
          </Group>
        </>
      )}
      {found.shared.map(({ name, character_id, other_ids }) => (
        <p key={character_id} className="soft">
          {t("shared", { name, count: other_ids.length + 1 })}
        </p>
      ))}
      <Button onClick={() => onOpen(project.id)}>{t("openBoard")}</Button>
    </div>
  );
}
