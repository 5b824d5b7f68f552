import { Menu } from "@mantine/core";
import { IconLogout, IconSwitchHorizontal } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { goTo, useMe } from "@/api/me";
import { say } from "@/lib/toasts";
import { errorWords } from "@/components/errorWords";

/** Who is signed in, the other organisations, and the way out: a part of the preferences' menu. */
export function WhoAmI() {
  const { t } = useTranslation("entry");
  const { t: common } = useTranslation("common");
  /** Only what really happened is shown: who is not signed out must know it. */
  const then = (calling: Promise<unknown>, path: string) =>
    void calling.then(
      () => goTo(path),
      (error: unknown) => {
        const { title, help } = errorWords(error, common);
        say(`${title}: ${help}`, { tone: "bad" });
      },
    );
  const me = useMe();
  if (!me) return null;
  const others = me.organisations.filter((one) => one.id !== me.organisation.id);
  const name = me.person?.name ?? "API";
  return (
    <>
      <Menu.Label>{t("signedInAs", { name, role: t(`roles.${me.role}`), organisation: me.organisation.name })}</Menu.Label>
      {others.map((one) => (
        <Menu.Item
          key={one.id}
          leftSection={<IconSwitchHorizontal size={16} aria-hidden />}
          onClick={() => then(answer(api.PUT("/v1/me/organisation", { body: { organisation_id: one.id } })), "/")}
        >
          {t("switchTo", { organisation: one.name })}
        </Menu.Item>
      ))}
      <Menu.Item
        leftSection={<IconLogout size={16} aria-hidden />}
        onClick={() => then(answer(api.DELETE("/v1/sessions/current")), "/sign-in")}
      >
        {t("signOut")}
      </Menu.Item>
      <Menu.Divider />
    </>
  );
}
