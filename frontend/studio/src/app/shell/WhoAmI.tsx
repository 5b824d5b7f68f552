import { Menu } from "@mantine/core";
import { IconLogout, IconSwitchHorizontal } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { goTo, useMe } from "@/api/me";

/** Who is signed in, the other organisations, and the way out: a part of the preferences' menu. */
export function WhoAmI() {
  const { t } = useTranslation("entry");
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
          onClick={() => void answer(api.PUT("/me/organisation", { body: { organisation_id: one.id } })).then(() => goTo("/"))}
        >
          {t("switchTo", { organisation: one.name })}
        </Menu.Item>
      ))}
      <Menu.Item
        leftSection={<IconLogout size={16} aria-hidden />}
        onClick={() => void answer(api.DELETE("/sessions/current")).finally(() => goTo("/sign-in"))}
      >
        {t("signOut")}
      </Menu.Item>
      <Menu.Divider />
    </>
  );
}
