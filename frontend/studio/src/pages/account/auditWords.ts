import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import { momentOf } from "@/lib/dates";

import { membersQuery } from "./members";

type Entry = Schemas["AuditView"];

/** Tells an entry of the audit log in the reader's language: what was done, then by whom, when and from where. */
export function useAuditWords(): (entry: Entry) => { deed: string; facts: string } {
  const { t } = useTranslation("audit");
  const { t: account } = useTranslation("account");
  const { t: cast } = useTranslation("cast");
  const { data: members } = useQuery(membersQuery);
  const { t: signIn } = useTranslation("entry");

  const roleOf = (role: unknown) => signIn(`roles.${role as "owner"}`, { defaultValue: String(role) });
  function detailsOf({ subject, details }: Entry): Record<string, string> {
    return {
      ...Object.fromEntries(Object.entries(details).map(([name, value]) => [name, String(value)])),
      subject: members?.find((one) => one.id === subject)?.name ?? subject ?? "",
      role: roleOf(details.role),
      before: roleOf(details.before),
      kind: cast(`kinds.${details.kind as "own"}`, { defaultValue: String(details.kind) }),
      way: account(`ways.${details.way as "password"}`, { defaultValue: String(details.way) }),
    };
  }
  function actorOf({ actor, actor_id }: Entry): string {
    if (actor_id === null && actor === "the operator") return t("byOperator");
    if (actor_id === null) return actor === "this machine" ? t("byMachine") : t("byNobodyKnown");
    return actor_id.startsWith("key_") ? t("byKey", { name: actor.replace(/^key /, "") }) : actor;
  }
  return (entry) => ({
    // A server newer than this page may name what it has no words for: then its code must do.
    deed: t(`did.${entry.action}`, { ...detailsOf(entry), defaultValue: entry.action }),
    facts: [actorOf(entry), momentOf(entry.at, "medium"), entry.address]
      .filter(Boolean)
      .join(" · "),
  });
}
