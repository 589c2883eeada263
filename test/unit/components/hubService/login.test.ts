// What each login method gives the hub, and what of it is secret.
import { minimalConfig, runProgram, type Program, type RunOptions } from "../../lib/harness";
import { content } from "../../lib/services";

let program: Program;
beforeAll(async () => {
  program = await runProgram({ config: minimalConfig });
});

describe("login", () => {
  const run = async (login: object, stack: Partial<RunOptions> = {}) => {
    const config = { ...minimalConfig, login };
    const ran = await runProgram({ config, secretKeys: ["login"], ...stack });
    const { login: settings } = content(ran, "hub-settings") as { login: unknown };
    return { ran, settings, secret: content(ran, "login-secret", "secret:Secret") };
  };
  const oauth = { clientId: "id", clientSecret: "client-secret" };
  const platform = {
    issuer: "https://lms.example.edu",
    clientId: "id",
    authorizeUrl: "https://lms.example.edu/auth",
    keysUrl: "https://lms.example.edu/keys",
    tokenUrl: "https://lms.example.edu/token",
  };

  test("dummy: a password is made where none is given, and shown as a secret", async () => {
    expect(content(program, "login-secret", "secret:Secret")).toEqual({
      password: "p".repeat(12),
    });
    expect(program.outputs.password).toBe("p".repeat(12));
    expect(program.secretOutputs).toContain("password");
    const { ran, secret } = await run({ method: "dummy", password: "long-enough" });
    expect(secret).toEqual({ password: "long-enough" });
    expect(() => ran.byName("password")).toThrow("0 resources");
  });

  test.each([
    ["native", {}, {}, {}],
    [
      "google",
      { ...oauth, hostedDomains: ["example.edu"] },
      { clientId: "id", hostedDomains: ["example.edu"] },
      { clientSecret: "client-secret" },
    ],
    ["github", oauth, { clientId: "id", organizations: [] }, { clientSecret: "client-secret" }],
    [
      "cilogon",
      { ...oauth, identityProviders: ["urn:x"] },
      { clientId: "id", identityProviders: ["urn:x"], usernameClaim: "email" },
      { clientSecret: "client-secret" },
    ],
    [
      "globus",
      { ...oauth, identityProvider: "example.edu" },
      { clientId: "id", identityProviders: ["example.edu"] },
      { clientSecret: "client-secret" },
    ],
    [
      "oidc",
      {
        ...oauth,
        issuer: "https://login.example.edu",
        usernameClaim: "eppn",
        requiredClaims: { affiliation: ["student"] },
      },
      {
        clientId: "id",
        issuer: "https://login.example.edu",
        usernameClaim: "eppn",
        scopes: ["profile", "email"],
        requiredClaims: [{ claim: "affiliation", values: ["student"] }],
      },
      { clientSecret: "client-secret" },
    ],
    [
      "lti",
      { consumers: { moodle: "m".repeat(16) }, usernameField: "ext_user_username" },
      { usernameClaim: "ext_user_username" },
      { consumers: { moodle: "m".repeat(16) } },
    ],
    [
      "lti13",
      { ...platform, usernameField: "custom_username" },
      { ...platform, usernameClaim: "custom_username" },
      { privateKey: expect.anything() as unknown },
    ],
  ])("%s", async (method, section, settings, secret) => {
    const { ran, ...found } = await run({ method, ...section });
    expect(found).toEqual({ settings: { method, ...settings }, secret });
    expect(ran.outputs.password).toBeNull();
  });
});
