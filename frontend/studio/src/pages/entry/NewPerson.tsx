import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { PasswordField } from "@/components/PasswordField";

export interface Newcomer {
  name: string;
  email: string;
  password: string;
  /** Absent for somebody who was invited into one. */
  organisation?: string;
}

interface Props {
  person: Newcomer;
  onChange: (person: Newcomer) => void;
  /** The address that an invitation is bound to. */
  invited?: string;
}

/** What a new person fills in. */
export function NewPerson({ person, onChange, invited }: Props) {
  const { t } = useTranslation("entry");
  return (
    <>
      <TextInput
        label={t("yourName")}
        name="name"
        autoComplete="name"
        required
        maxLength={100}
        value={person.name}
        onChange={(event) => onChange({ ...person, name: event.currentTarget.value })}
      />
      {person.organisation !== undefined && (
        <TextInput
          label={t("organisation")}
          name="organisation"
          autoComplete="organization"
          required
          maxLength={100}
          value={person.organisation}
          onChange={(event) => onChange({ ...person, organisation: event.currentTarget.value })}
        />
      )}
      <TextInput
        label={t("email")}
        type="email"
        name="email"
        autoComplete="username"
        required
        readOnly={invited !== undefined}
        value={invited ?? person.email}
        onChange={(event) => onChange({ ...person, email: event.currentTarget.value })}
      />
      <PasswordField
        label={t("password")}
        description={t("passwordHint")}
        name="password"
        autoComplete="new-password"
        minLength={10}
        value={person.password}
        onChange={(event) => onChange({ ...person, password: event.currentTarget.value })}
      />
    </>
  );
}
