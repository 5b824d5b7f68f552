import { describe, expect, it } from "vitest";

import { consentOf, NO_CONSENT } from "./ConsentFields";

describe("a consent", () => {
  it("needs a kind, and a name where somebody is real", () => {
    expect(consentOf(NO_CONSENT)).toBeNull();
    expect(consentOf({ ...NO_CONSENT, kind: "own" })).toBeNull();
    expect(consentOf({ ...NO_CONSENT, kind: "own", by: " Ada " })?.by).toBe("Ada");
    expect(consentOf({ ...NO_CONSENT, kind: "invented" })).not.toBeNull();
  });

  it("needs evidence for somebody else's face", () => {
    const permission = { ...NO_CONSENT, kind: "permission" as const, by: "Grace" };
    expect(consentOf(permission)).toBeNull();
    expect(consentOf({ ...permission, evidence: "signed on paper" })).not.toBeNull();
    expect(consentOf({ ...permission, evidenceAsset: "ast_1" })?.evidence_asset_id).toBe("ast_1");
  });

  it("lasts to the end of its last day", () => {
    expect(consentOf({ ...NO_CONSENT, kind: "own", by: "Ada", until: "2027-01-31" })?.expires_at).toBe("2027-01-31T23:59:59Z");
  });
});
