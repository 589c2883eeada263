/** Where the certificate that browsers see comes from. */
import { z } from "zod";
import { entry, file, line } from "./entry";

export const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";

const source = <Name extends string>(name: Name, about: string) =>
  entry(z.literal(name), { about, expects: "a source of certificates", example: name });

const stack = z.strictObject({
  source: source("stack", "A certificate of the stack's own authority; browsers warn once."),
});

const files = z.strictObject({
  source: source("files", "A certificate that you have."),
  certificate: entry(file(), {
    about: "The certificate with its chain, in PEM.",
    expects: "the path of a PEM file",
    example: "tls/fullchain.pem",
  }),
  key: entry(file(), {
    about: "Its private key, in PEM.",
    expects: "the path of a PEM file",
    example: "tls/privkey.pem",
  }),
});

const eab = entry(
  z.strictObject({
    keyId: entry(line(), {
      about: "The account that the authority knows already.",
      expects: "the key ID as the authority shows it",
      example: "kid-1",
    }),
    key: entry(line().regex(/^[\w-]{16,}={0,2}$/, "is not a key in base64url: A-Z a-z 0-9 _ -"), {
      about: "The HMAC key that belongs to it; encrypted.",
      expects: "the HMAC key as the authority shows it",
      example: { secure: "v1:…" },
      secret: true,
    }),
  }),
  {
    about:
      "External account binding, where the authority gives certificates only to accounts of its " +
      "own, as those of many universities do.",
    expects: "a section with keyId and key",
  },
);

const dns = entry(
  z.strictObject({
    script: entry(file(), {
      about:
        "A POSIX shell script, called with `present` or `remove`, the record's name and its value. " +
        "It ends when the authority can read the TXT record; it has sh and python3.",
      expects: "the path of a shell script",
      example: "tls/dns.sh",
    }),
    credentials: entry(line(), {
      about: "What the script finds in DNS_CREDENTIALS, such as a token of the zone; encrypted.",
      expects: "a line of text",
      example: { secure: "v1:…" },
      secret: true,
    }).optional(),
  }),
  {
    about:
      "Proves by a record of the zone (DNS-01), and not by port 80, that the name is yours. A " +
      "certificate for `proxy.subdomains` needs it.",
    expects: "a section with script",
  },
);

const acme = z.strictObject({
  source: source(
    "acme",
    "A certificate of Let's Encrypt or another ACME authority, renewed by itself.",
  ),
  email: entry(line().regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "is not an e-mail address"), {
    about: "Where the authority writes when something is wrong.",
    expects: "an e-mail address",
    example: "it@example.edu",
  }),
  directory: entry(line().regex(/^https:\/\/[^\s/]+\/\S*$/, "is not an https:// address"), {
    about: "The authority's directory.",
    expects: "an https:// address",
    example: "https://acme-staging-v02.api.letsencrypt.org/directory",
  }).default(letsEncrypt),
  eab: eab.optional(),
  dns: dns.optional(),
  certificateAuthority: entry(file(), {
    about: "Who signed the directory's own certificate, in PEM, where that is no public authority.",
    expects: "the path of a PEM file",
    example: "tls/campus-ca.pem",
  }).optional(),
});

/** The section proxy.tls. */
export const tls = entry(z.discriminatedUnion("source", [stack, files, acme]), {
  about: "Where the certificate comes from.",
  expects: "a section with `source`: stack, files or acme",
}).prefault({ source: "stack" });
