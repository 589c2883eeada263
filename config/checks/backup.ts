/** What must hold of the place that backups go to, and of what opens it. */
import { parseTarget } from "../backupTarget";
import type { Checked, Rule } from "./rule";
import { keyProblems } from "./machines";
import { storageFolder } from "../defaults";
import type { Problem } from "../problems";

/** Where backups go: a URL without a password, and not into what is backed up. */
const backupTarget: Rule = (checked) => {
  const { backup, platform } = checked;
  const path = ["backup", "target"];
  const target = backup?.target;
  if (target === undefined) {
    return backup && platform === "hosts"
      ? [
          {
            path,
            problem: "is missing: backups must not stay on the machine that they are of",
            fix: 'write a URL, for example "sftp://backup@store.example.edu/semesterhub"',
          },
        ]
      : [];
  }
  if (/^[a-z0-9+]+:\/\/[^/@]*:[^/@]*@/.test(target)) {
    return [
      {
        path,
        value: target.replace(/:[^/@:]*@/, ":(secret)@"),
        problem: "has a password in it, which every process list would show",
        fix: "take the password out of the URL",
      },
    ];
  }
  const parsed = parseTarget(target);
  if (parsed === undefined && target.startsWith("swift://")) {
    return [
      {
        path,
        value: target,
        problem: "does not name one container: letters, digits and . _ -, without a slash",
        fix: "write the name of a container, for example swift://semesterhub-backups",
      },
    ];
  }
  if (parsed === undefined) {
    return [
      {
        path,
        value: target,
        problem: "is not a URL that backups can go to",
        fix: "write file:///folder, swift://container, s3://host/bucket or sftp://user@host/folder",
      },
    ];
  }
  if (platform === "local" && parsed.kind !== "file") {
    return [
      {
        path,
        value: target,
        problem: "is not a folder of this computer, and on local backups go to a folder",
        fix: "write file:// and an absolute path, for example file:///var/lib/semesterhub/dev-backups",
      },
    ];
  }
  if (platform === "openstack" && parsed.kind === "file") {
    return [
      {
        path,
        value: target,
        problem: "is a folder of the machine that the backups are of: both would be lost at once",
        fix: "leave backup.target out, or name a container of the cloud, for example swift://semesterhub-backups",
      },
    ];
  }
  if (parsed.kind === "swift" && platform === "hosts") {
    return [
      {
        path,
        value: target,
        problem: "is a container of the cloud that the machines are in, and these are in none",
        fix: "write sftp://user@host/folder or s3://host/bucket",
      },
    ];
  }
  return parsed.kind === "file" ? backupPath(checked, target, parsed.folder) : [];
};

function backupPath({ storage, stack }: Checked, target: string, folder: string): Problem[] {
  const path = ["backup", "target"];
  if (!/^\/[\w./@+-]+$/.test(folder) || folder.split("/").includes("..")) {
    return [
      {
        path,
        value: target,
        problem: "does not name an absolute path of letters, digits and . _ - + @ /",
        fix: "write three slashes after file:, for example file:///var/lib/semesterhub/dev-backups",
      },
    ];
  }
  const data = storageFolder(stack, storage?.path);
  const within = (inner: string, outer: string) => `${inner}/`.startsWith(`${outer}/`);
  if (!storage || (!within(folder, data) && !within(data, folder))) return [];
  return [
    {
      path,
      value: target,
      problem: within(folder, data)
        ? `is inside storage.path, ${data}: a backup would contain the backups`
        : `contains storage.path, ${data}: removing old backups would be a risk for the data`,
      fix: `choose a folder beside it, for example file://${data}-backups`,
    },
  ];
}

/** What opens a target is there, and nothing that opens another. */
const access: Rule = ({ backup, platform, hostFacts }) => {
  if (!backup || platform === undefined) return [];
  const kind = backup.target === undefined ? undefined : parseTarget(backup.target)?.kind;
  const given = (["s3", "sftp"] as const).flatMap((key): Problem[] => {
    if (kind === key && backup[key] === undefined) {
      return [
        {
          path: ["backup", key],
          problem: `is missing, and backups go to ${backup.target ?? ""}`,
          fix: `write the section with ${key === "s3" ? "accessKeyId and secretAccessKey" : "hostKeys and keyFile"}`,
        },
      ];
    }
    if (kind === key || backup[key] === undefined) return [];
    return [
      {
        path: ["backup", key],
        problem: `is for backups to ${key}://, and they go elsewhere`,
        fix: `take it out, or write a backup.target that begins with ${key}://`,
      },
    ];
  });
  if (kind !== "sftp" || !backup.sftp) return given;
  return [...given, ...keyProblems(backup.sftp.keyFile, ["backup", "sftp", "keyFile"], hostFacts)];
};

/** The rules of this file, in order. */
export const checkBackup: Rule = (checked) =>
  [backupTarget, access].flatMap((rule) => rule(checked));
