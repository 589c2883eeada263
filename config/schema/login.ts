/** How people prove who they are: one section per method. */
import { z } from "zod";
import { count, domain, entry, line } from "./entry";

const clientId = entry(line(), {
  about:
    "The client ID that the provider gave for this hub. What it asks for as redirect address or " +
    "callback is `https://DOMAIN/hub/oauth_callback`.",
  expects: "the client ID as the provider shows it",
  example: "1234567890-abc.apps.example.com",
});

const clientSecret = entry(line(), {
  about: "The client secret that belongs to it; encrypted.",
  expects: "the client secret as the provider shows it",
  example: { secure: "v1:…" },
  secret: true,
});

const method = <Name extends string>(name: Name, about: string) =>
  entry(z.literal(name), { about, expects: "a login method", example: name });

const atLeastOne = <Schema extends z.ZodType>(schema: Schema) =>
  z.array(schema).min(1, "is empty: nobody could log in");

const dummy = z.strictObject({
  method: method("dummy", "Any name of the roster, one password for all. Only on `local`."),
  password: entry(line().min(8, "is shorter than 8 letters"), {
    about: "The password of everybody.",
    expects: "a password of 8 letters or more",
    example: { secure: "v1:…" },
    default: "made by the program; `npm run status` shows it",
    secret: true,
  }).optional(),
});

const native = z.strictObject({
  method: method("native", "People of the roster choose a password at their first visit."),
});

const google = z.strictObject({
  method: method("google", "Google accounts of the named domains."),
  clientId,
  clientSecret,
  hostedDomains: entry(atLeastOne(domain()), {
    about: "The Google Workspace domains whose accounts are accepted.",
    expects: "a list of domain names",
    example: ["example.edu"],
  }),
});

const github = z.strictObject({
  method: method("github", "GitHub accounts whose names are in the roster."),
  clientId,
  clientSecret,
  organizations: entry(
    z.array(line(39).regex(/^[\w-]+$/, "is not the name of a GitHub organization")),
    {
      about: "Organizations of which one must have the account as a member; none: any account.",
      expects: "a list of GitHub organizations",
      example: ["example-university"],
    },
  ).default([]),
});

const cilogon = z.strictObject({
  method: method("cilogon", "Accounts of a university, through CILogon."),
  clientId,
  clientSecret,
  identityProviders: entry(
    atLeastOne(line().regex(/^(https?:\/\/|urn:)\S+$/, "is not an entity ID (https://… or urn:…)")),
    {
      about: "Entity IDs of the universities whose accounts are accepted.",
      expects: "a list of entity IDs from https://cilogon.org/idplist/",
      example: ["https://idp.example.edu/shibboleth"],
    },
  ),
  usernameClaim: entry(
    z.enum(["email", "eppn", "sub"], { error: "is not a claim that names one person for good" }),
    {
      about: "What CILogon tells of a person that is their name on the roster.",
      expects: "email, eppn or sub",
      example: "eppn",
    },
  ).default("email"),
});

const globus = z.strictObject({
  method: method("globus", "Globus accounts."),
  clientId,
  clientSecret,
  identityProvider: entry(domain(), {
    about: "Accept only accounts of this university.",
    expects: "a domain name",
    example: "example.edu",
    default: "any Globus account that is in the roster",
  }).optional(),
});

const claim = () => line().regex(/^\S+$/, "is not the name of a claim: it has a blank");

const issuer = line()
  .regex(/^https:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, "is not an https:// address without ? and #")
  .refine(
    (url) => !url.endsWith("/.well-known/openid-configuration"),
    "is the address of the provider's description; the issuer is what stands before /.well-known",
  )
  .refine(
    (url) =>
      !/^https:\/\/login\.microsoftonline\.com\/(common|organizations|consumers)\b/i.test(url),
    "lets accounts of any organization in; write the tenant's ID in its place",
  );

const oidc = z.strictObject({
  method: method(
    "oidc",
    "Accounts of any provider of OpenID Connect: Keycloak, Entra ID, a university's Shibboleth.",
  ),
  clientId,
  clientSecret,
  issuer: entry(issuer, {
    about:
      "What the provider calls itself, letter by letter: `issuer` in ISSUER/.well-known/openid-configuration.",
    expects: "an https:// address",
    example: "https://login.example.edu/realms/university",
  }),
  providerName: entry(line(80), {
    about: "What the login page calls the provider.",
    expects: "a line of text",
    example: "Example University",
    default: "the issuer's host",
  }).optional(),
  usernameClaim: entry(claim(), {
    about:
      "The claim that is a person's name on the roster. One that nobody can change for themselves " +
      "and that nobody else gets later: often `preferred_username`, `eduperson_principal_name` or, " +
      "where the provider checks addresses, `email`.",
    expects: "the name of a claim",
    example: "preferred_username",
  }),
  scopes: entry(z.array(claim()), {
    about: "What the hub asks for beside `openid`.",
    expects: "a list of scopes",
    example: ["profile", "eduperson"],
  }).default(["profile", "email"]),
  requiredClaims: entry(
    z.record(claim(), z.array(line()).min(1, "is empty: nobody could log in")),
    {
      about: "Claims that an account must have, each with one of the values; none: any account.",
      expects: "claims, each with a list of accepted values",
      example: { eduperson_affiliation: ["student", "staff"] },
    },
  ).default({}),
});

const consumers = entry(
  z.record(
    line(),
    entry(line().min(16, "is shorter than 16 letters"), {
      about: "The shared secret of a consumer key.",
      expects: "the shared secret of this consumer key, of 16 letters or more",
      secret: true,
    }),
  ),
  {
    about: "Shared secrets of the learning management system by consumer key; encrypted.",
    expects: "consumer keys, each with its shared secret",
    example: { moodle: { secure: "v1:…" } },
    secret: true,
  },
).refine((pairs) => Object.keys(pairs).length > 0, "is empty: nobody could log in");

const lti = z.strictObject({
  method: method("lti", "From a learning management system (Moodle, Canvas) by LTI 1.1."),
  consumers,
  usernameField: entry(
    line(64).regex(/^[a-z][a-z0-9_]*$/, "is not the name of a field of an LTI 1.1 launch"),
    {
      about:
        "What a launch tells of a person that is their name on the roster: `ext_user_username` from " +
        "Moodle, `custom_canvas_user_login_id` from Canvas, and `lis_person_sourcedid` or `user_id` " +
        "from others. Not one that people write themselves in their profile, such as an e-mail address " +
        "that nobody checks: they could take a neighbour's.",
      expects: "the name of a field of an LTI 1.1 launch",
      example: "ext_user_username",
    },
  ),
});

const systemUrl = () => line().regex(/^https:\/\/[^\s/?#@]+\/\S*$/, "is not an https:// address");

const lti13 = z.strictObject({
  method: method(
    "lti13",
    "From a learning management system (Moodle, Canvas) by LTI 1.3, which also takes grades back.",
  ),
  issuer: entry(issuer, {
    about: "The platform ID: what the system calls itself.",
    expects: "an https:// address",
    example: "https://moodle.example.edu",
  }),
  clientId: entry(line(), {
    about: "The client ID that the system gave for this hub.",
    expects: "the client ID as the system shows it",
    example: "AbCdEf123456",
  }),
  authorizeUrl: entry(systemUrl(), {
    about: "The system's authentication request URL.",
    expects: "an https:// address",
    example: "https://moodle.example.edu/mod/lti/auth.php",
  }),
  keysUrl: entry(systemUrl(), {
    about: "The system's public keyset URL.",
    expects: "an https:// address",
    example: "https://moodle.example.edu/mod/lti/certs.php",
  }),
  tokenUrl: entry(systemUrl(), {
    about: "The system's access token URL; the grades' services must be on the same host.",
    expects: "an https:// address",
    example: "https://moodle.example.edu/mod/lti/token.php",
  }),
  usernameField: entry(
    line(64).regex(/^[a-zA-Z][\w.-]*$/, "is not the name of a claim of an LTI 1.3 launch"),
    {
      about:
        "The claim of a launch that is a person's name on the roster. `custom_NAME` is the custom " +
        "parameter NAME, which the system fills in: `username=$User.username` there, and " +
        "`custom_username` here. Not one that people write themselves in their profile.",
      expects: "the name of a claim",
      example: "custom_username",
    },
  ),
});

const phrase = (least: number) => line().min(least, `is shorter than ${least} letters`);

const workshop = z.strictObject({
  method: method(
    "workshop",
    "Anybody with a pass phrase, by a made-up name; what they make is gone at the end.",
  ),
  passphrase: entry(phrase(8), {
    about: "What is on the slide; encrypted.",
    expects: "a pass phrase of 8 letters or more",
    example: { secure: "v1:…" },
    secret: true,
  }),
  staffPassphrase: entry(phrase(12), {
    about: "With which people of `roster.staff` log in, by their names; encrypted.",
    expects: "a pass phrase of 12 letters or more, and another one than the guests'",
    example: { secure: "v1:…" },
    secret: true,
  }),
  seats: entry(count(1, 2000), {
    about: "How many guests may come.",
    expects: "a whole number from 1 to 2000",
    example: 40,
  }).default(100),
});

/** The login section. */
export const login = entry(
  z.discriminatedUnion("method", [
    dummy,
    native,
    google,
    github,
    cilogon,
    globus,
    oidc,
    lti,
    lti13,
    workshop,
  ]),
  {
    about: "How people prove who they are. Only people of the roster get in, with every method.",
    expects: "a section with `method` and what that method needs",
    default: "`{ method: dummy }` on `local`; needed elsewhere",
  },
);
