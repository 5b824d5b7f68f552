export const audit = {
  byMachine: "this machine itself",
  byNobodyKnown: "somebody unknown",
  byKey: "the key {{name}}",
  did: {
    organisation: { made: "Founded the organisation {{name}}", renamed: "Renamed the organisation to {{name}}", deletion_asked: "Asked for the organisation to be deleted" },
    member: {
      joined: "Joined as {{role}}",
      role_changed: "Changed the role of {{subject}} from {{before}} to {{role}}",
      removed: "Removed {{subject}} ({{role}})",
    },
    invitation: { made: "Invited {{email}} as {{role}}", revoked: "Withdrew the invitation of {{email}}" },
    password: { changed: "Changed their password" },
    key: { made: "Made the API key {{name}}", revoked: "Revoked the API key {{name}}" },
    consent: {
      recorded: "Recorded a consent by {{by}}: {{kind}}",
      revoked: "Revoked a consent: {{kind}}",
      attested: "Attested consent for everything the API makes: {{kind}}",
      standing_ended: "Ended the attestation of consent",
    },
    character: { erased: "Deleted a character with everything" },
    picture: { flagged: "Was warned of a picture", refused: "Was refused a picture" },
    webhook: {
      made: "Made the webhook endpoint {{name}} for {{url}}",
      deleted: "Deleted the webhook endpoint {{name}}",
      secret_rotated: "Changed the secret of the webhook endpoint {{name}}",
      disabled: "Disabled the webhook endpoint {{name}}: {{reason}}",
      enabled: "Enabled the webhook endpoint {{name}}",
    },
    session: { begun: "Signed in {{way}}", refused: "Tried to sign in with a wrong password", ended: "Ended a session" },
  },
} as const;
