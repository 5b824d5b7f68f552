import { Button, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { usePermission } from "@/api/permissions";
import { useMe } from "@/api/me";
import { keys } from "@/api/queries";
import { dayOf } from "@/lib/dates";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { SureButton } from "@/components/SureButton";

import styles from "./Account.module.css";
import { Invite } from "./Invite";
import { membersQuery, rolesBelow, type Role } from "./members";
import { Row } from "./Row";

/** Who belongs to the organisation, and who is invited. Owners and admins change it; the others see it in words. */
export function Members() {
  const { t } = useTranslation("account");
  const { t: shell } = useTranslation("shell");
  const organisation = useMe()?.organisation.name ?? "";
  const may = usePermission("members");
  const members = useQuery(membersQuery);
  const client = useQueryClient();
  const edit = useMutation({
    mutationFn: (act: () => Promise<unknown>) => act(),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.members });
      void client.invalidateQueries({ queryKey: keys.invitations });
      void client.invalidateQueries({ queryKey: keys.me }); // one's own role may be another now
    },
  });
  return (
    <>
      <p className="soft">{t("membersHelp")}</p>
      {may && <Invite />}
      {may === false && <p className={`faint ${styles.after}`}>{shell("adminsOnly", { organisation })}</p>}
      {members.error && <ErrorNotice error={members.error} onRetry={() => void members.refetch()} />}
      {edit.error && <ErrorNotice error={edit.error} />}
      {!members.data && !members.error && <SkeletonRows count={3} height={58} />}
      <ul className={`bare ${styles.rows}`}>
        {members.data?.map((one) => (
          <Member key={one.id} member={one} onEdit={edit.mutate} />
        ))}
        {may && <Invitations onEdit={edit.mutate} />}
      </ul>
      {may && members.data?.length === 1 && <p className={`faint ${styles.after}`}>{t("membersAlone")}</p>}
    </>
  );
}

type OnEdit = (act: () => Promise<unknown>) => void;

function Member({ member, onEdit }: { member: Schemas["MemberView"]; onEdit: OnEdit }) {
  const { t } = useTranslation("account");
  const may = usePermission("members");
  const within = rolesBelow(useMe()?.role);
  const params = { path: { member_id: member.id } };
  const since = t("since", { day: dayOf(member.joined_at) });
  return (
    <Row title={member.name} facts={`${member.email ?? t("noEmail")} · ${since}`}>
      {may && within.includes(member.role) ? (
        <>
          <Select
            aria-label={t("roleOf", { name: member.name })}
            size="xs"
            w={130}
            data={within.map((role) => ({ value: role, label: t(`roles.${role}`) }))}
            value={member.role}
            allowDeselect={false}
            onChange={(role) =>
              role && role !== member.role && onEdit(() => answer(api.PATCH("/v1/members/{member_id}", { params, body: { role: role as Role } })))
            }
          />
          <SureButton
            words={t("remove")}
            label={t("removeMember", { name: member.name })}
            what={t("removeMemberWhat")}
            busy={false}
            onConfirm={() => onEdit(() => answer(api.DELETE("/v1/members/{member_id}", { params })))}
          />
        </>
      ) : (
        <span className="soft">{t(`roles.${member.role}`)}</span>
      )}
    </Row>
  );
}

function Invitations({ onEdit }: { onEdit: OnEdit }) {
  const { t } = useTranslation("account");
  const { data, error } = useQuery({ queryKey: keys.invitations, queryFn: async () => (await answer(api.GET("/v1/invitations"))).data });
  return (
    <>
      {error && (
        <li>
          <ErrorNotice error={error} />
        </li>
      )}
      {data?.map((one) => (
        <Row key={one.id} title={one.email} facts={t("invited", { role: t(`roles.${one.role}`), day: dayOf(one.expires_at) })}>
          <Button
            size="xs"
            variant="default"
            aria-label={t("withdrawFrom", { email: one.email })}
            onClick={() => onEdit(() => answer(api.DELETE("/v1/invitations/{invitation_id}", { params: { path: { invitation_id: one.id } } })))}
          >
            {t("withdraw")}
          </Button>
        </Row>
      ))}
    </>
  );
}
