/** Who is told when something is wrong, and from where on it is. */
import { z } from "zod";
import { count, domain, entry, file, line } from "./entry";

const address = () =>
  line(254).regex(
    /^(?:[^<>@,;"\\]* )?<?[\w.!#$%&'*+/=?^`{|}~-]+@[a-zA-Z0-9.-]+\.[a-zA-Z0-9-]+>?$/,
    "is not an e-mail address",
  );

const httpsUrl = () =>
  line(2000).regex(/^https:\/\/[^\s/@]+(\/\S*)?$/, "is not an https:// address");

const email = entry(
  z.strictObject({
    server: entry(domain(), {
      about: "The mail server that takes messages for others: the university's, or a provider's.",
      expects: "a host's name",
      example: "smtp.example.edu",
    }),
    port: entry(count(1, 65535), {
      about: "Its port.",
      expects: "a port number",
      example: 465,
    }).default(587),
    security: entry(z.enum(["starttls", "tls", "none"]), {
      about:
        "How the connection is encrypted: `starttls` (usual on port 587), `tls` from the start " +
        "(usual on 465), or `none`, which is only for a server inside the campus without a login.",
      expects: "starttls, tls or none",
      example: "starttls",
    }).default("starttls"),
    username: entry(line(255), {
      about: "The account that sends.",
      expects: "a user name",
      example: "course-hub",
      default: "none: the server asks nobody",
    }).optional(),
    password: entry(line(1000), {
      about: "Its password; encrypted.",
      expects: "a password",
      example: { secure: "v1:…" },
      secret: true,
      default: "none",
    }).optional(),
    from: entry(address(), {
      about: "Whom the messages are from; many servers insist on the account's own address.",
      expects: "an e-mail address",
      example: "course-hub@example.edu",
    }),
    to: entry(z.array(address()).min(1, "is empty").max(20, "has more than 20"), {
      about: "Who is told.",
      expects: "a list of e-mail addresses",
      example: ["ta@example.edu"],
    }),
    certificateAuthority: entry(file(), {
      about: "The authority that signed the server's certificate, in PEM, where it is your own.",
      expects: "the path of a PEM file",
      example: "tls/campus-ca.pem",
      default: "those that Debian trusts",
    }).optional(),
  }),
  { about: "Messages by e-mail.", expects: "a section with server, from and to" },
);

const webhook = entry(
  z.strictObject({
    url: entry(httpsUrl(), {
      about:
        "Where messages are posted as JSON; its `text` is what Slack, Mattermost, Rocket.Chat and " +
        "Google Chat show. Whoever knows it can post there, so it is encrypted.",
      expects: "an https:// address",
      example: { secure: "v1:…" },
      secret: true,
    }),
    token: entry(line(4096), {
      about: "Sent as `Authorization: Bearer …`, for a receiver of your own; encrypted.",
      expects: "a token",
      example: { secure: "v1:…" },
      secret: true,
      default: "none",
    }).optional(),
  }),
  { about: "Messages to a chat, or to a program of your own.", expects: "a section with url" },
);

/** The alerts section. */
export const alerts = entry(
  z.strictObject({
    email: email.optional(),
    webhook: webhook.optional(),
    heartbeat: entry(httpsUrl(), {
      about:
        "An address that is asked for every minute: a watcher elsewhere that tells you when this " +
        "stops, because the machine that would is gone. Encrypted.",
      expects: "an https:// address",
      example: { secure: "v1:…" },
      secret: true,
      default: "none",
    }).optional(),
    diskPercent: entry(count(50, 99), {
      about: "From how full on a disk is told of, in bytes or in files.",
      expects: "a whole number of percent, 50 to 99",
      example: 85,
    }).default(90),
    memoryPercent: entry(count(50, 99), {
      about: "From how much used on a machine's memory is told of.",
      expects: "a whole number of percent, 50 to 99",
      example: 95,
    }).default(92),
    fullHomesPercent: entry(count(1, 100), {
      about: "How many of the homes may have reached their limit before it is told.",
      expects: "a whole number of percent, 1 to 100",
      example: 5,
    }).default(10),
    slowStartSeconds: entry(count(5, 600), {
      about: "Starts are slow when one in twenty takes longer.",
      expects: "a whole number of seconds",
      example: 120,
    }).default(60),
    gradingMinutes: entry(count(5, 1440), {
      about: "Grading stands still when something waits and nothing was done for so long.",
      expects: "a whole number of minutes",
      example: 60,
    }).default(30),
    certificateDays: entry(count(1, 60), {
      about: "So many days before its end a certificate is told of.",
      expects: "a whole number of days",
      example: 21,
    }).default(14),
  }),
  {
    about:
      "Who is told when something is wrong: once as it begins, once when it is over. " +
      "docs/alerts.md lists what is told.",
    expects: "a section with email or webhook",
    default: "nobody is told; `npm run status` shows the same to whoever looks",
  },
);
