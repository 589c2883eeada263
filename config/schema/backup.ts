/** Where backups go, how often, and what opens the place. */
import { z } from "zod";
import { count, entry, file, line } from "./entry";

const s3 = entry(
  z.strictObject({
    accessKeyId: entry(line(), {
      about: "The access key's id. It needs to list, read, write and delete in the bucket.",
      expects: "an access key id",
      example: "AKIAIOSFODNN7EXAMPLE",
    }),
    secretAccessKey: entry(line(), {
      about: "Its secret; encrypted.",
      expects: "the access key's secret",
      example: { secure: "v1:…" },
      secret: true,
    }),
    region: entry(line(100), {
      about: "The region that requests are signed for.",
      expects: "a region",
      example: "eu-central-1",
      default: "us-east-1",
    }).optional(),
  }),
  {
    about: "What opens the bucket of an s3:// target. The bucket must be there.",
    expects: "a section with accessKeyId and secretAccessKey",
  },
);

const hostKey = () =>
  line(4000).regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}$/,
    "is not a host key",
  );

const sftp = entry(
  z.strictObject({
    keyFile: entry(file(), {
      about: "The private key for the target's user, without a passphrase.",
      expects: "the path of a private key",
      example: "~/.ssh/semesterhub-backup",
    }),
    hostKeys: entry(z.array(hostKey()).min(1, "is empty"), {
      about:
        "All host keys of the target's machine, so that no other one is taken for it: what " +
        "`ssh-keyscan HOST` prints, without the host.",
      expects: "a list of host keys",
      example: ["ssh-ed25519 AAAA…"],
    }),
  }),
  { about: "What opens an sftp:// target.", expects: "a section with keyFile and hostKeys" },
);

/** The backup section. */
export const backup = entry(
  z.strictObject({
    target: entry(line(400), {
      about:
        "Where encrypted backups go: a folder of the hub's machine, a container of the cloud, a bucket, or a folder that SSH reaches.",
      expects: "file:///folder, swift://container, s3://host/bucket or sftp://user@host/folder",
      example: "swift://semesterhub-backups",
      default:
        "`file:///var/lib/semesterhub/<stack>-backups` on `local`, " +
        "`swift://semesterhub-<stack>-backups` on `openstack`; needed on `hosts`",
    }).optional(),
    everyMinutes: entry(count(5, 10_080), {
      about: "Minutes between two backups.",
      expects: "a whole number of minutes",
      example: 60,
    }).default(60),
    keepDays: entry(count(1, 3650), {
      about: "Days for which every backup is kept.",
      expects: "a whole number of days",
      example: 14,
    }).default(14),
    keepWeeks: entry(count(1, 520), {
      about: "Weeks for which one backup a week is kept.",
      expects: "a whole number of weeks",
      example: 26,
    }).default(26),
    s3: s3.optional(),
    sftp: sftp.optional(),
  }),
  { about: "Backups of homes, exchange and the hub's database.", expects: "a section" },
).prefault({});
