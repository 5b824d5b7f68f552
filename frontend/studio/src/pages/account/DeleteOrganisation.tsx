import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import type { Me } from "@/api/me";
import { fieldRefusals } from "@/api/problem";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./Account.module.css";
import { DeletionCertificate } from "./DeletionCertificate";

/** An owner ends the organisation, after typing its name. What went stays on the screen as a certificate. */
export function DeleteOrganisation({ me }: { me: Me }) {
  const { t } = useTranslation("account");
  const [asked, setAsked] = useState(false);
  return (
    <section className={styles.danger} aria-labelledby="delete-organisation">
      <h2 id="delete-organisation">{t("deleteOrganisation")}</h2>
      <p className="soft">{t("deleteOrganisationWhat")}</p>
      <Button variant="default" c="var(--bad)" onClick={() => setAsked(true)}>
        {t("deleteOrganisation")}
      </Button>
      {asked && <Ask name={me.organisation.name} onClose={() => setAsked(false)} />}
    </section>
  );
}

function Ask({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation("common");
  const [typed, setTyped] = useState("");
  const erase = useMutation({ mutationFn: () => answer(api.POST("/v1/organisation/deletion", { body: { name: typed } })) });
  const refused = fieldRefusals(erase.error).name;
  const done = erase.data;
  return (
    <Modal
      opened
      onClose={done ? () => undefined : onClose}
      withCloseButton={!done}
      title={t(done ? "organisationGoes" : "deleteOrganisation")}
      size="lg"
      centered
      closeButtonProps={{ "aria-label": common("close") }}
    >
      {done ? (
        <DeletionCertificate name={name} certificate={done} />
      ) : (
        <form
          className={styles.column}
          onSubmit={(event) => {
            event.preventDefault();
            erase.mutate();
          }}
        >
          <p>{t("deleteOrganisationAll")}</p>
          <TextInput
            label={t("typeName", { name })}
            value={typed}
            autoComplete="off"
            data-autofocus
            error={refused}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {erase.error && !refused && <ErrorNotice error={erase.error} />}
          <Button type="submit" color="red" disabled={typed.trim() !== name.trim()} loading={erase.isPending}>
            {t("deleteForGood")}
          </Button>
        </form>
      )}
    </Modal>
  );
}
