/** What must hold of the machines, of the platform that they come from, and of their backups. */
import type { Checked, Rule } from "./checks";
import { checkCloud } from "./checksCloud";
import { checkHosts } from "./checksHosts";
import { backupFolder, storageFolder } from "./defaults";
import type { Problem } from "./problems";
import { formatSize } from "./values";

const sectionOf = { hosts: "hosts", openstack: "openstack" } as const;

/** The section of the chosen platform is there, and no other one. */
const platformSection: Rule = ({ platform, present }) => {
  if (platform === undefined) return [];
  const needed = platform === "local" ? undefined : sectionOf[platform];
  const problems: Problem[] = [];
  if (needed !== undefined && !present.has(needed)) {
    problems.push({
      path: [needed],
      problem: `is missing, and the platform is ${platform}`,
      fix: `add the section ${needed}; Pulumi.prod.yaml shows a complete one`,
    });
  }
  for (const other of Object.values(sectionOf)) {
    if (other === needed || !present.has(other)) continue;
    problems.push({
      path: [other],
      problem: `is not for the platform ${platform}`,
      fix: `take the section out, or write semesterhub:platform: ${other}`,
    });
  }
  return problems;
};

/** What one server may use must fit on a machine that runs servers. */
const fits: Rule = ({ student, hosts, openstack }) => {
  if (!student) return [];
  const runners = hosts ? (hosts.nodes.length > 0 ? hosts.nodes : [hosts.hub]) : [];
  const known = [
    ...runners.map((host, index) => ({
      name: host.name ?? `node-${index + 1}`,
      bytes: host.memory,
    })),
    ...(openstack ? [{ name: "a node", bytes: openstack.nodes.memory }] : []),
  ];
  return known.flatMap(({ name, bytes }): Problem[] =>
    bytes === undefined || student.memory <= bytes
      ? []
      : [
          {
            path: ["student", "memory"],
            value: formatSize(student.memory),
            problem: `is more than ${name} has: ${formatSize(bytes)}`,
            fix: "write a smaller size, or use larger machines",
          },
        ],
  );
};

const schemes = /^(file|swift|s3|sftp|scp|rsync|b2|azure|gs|webdavs):\/\/[^\s?#]+$/;

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
  if (!schemes.test(target)) {
    return [
      {
        path,
        value: target,
        problem: "is not a URL that backups can go to",
        fix: "write file:///…, swift://container, s3://host/bucket or sftp://user@host/folder",
      },
    ];
  }
  if (platform === "local" && !target.startsWith("file://")) {
    return [
      {
        path,
        value: target,
        problem: "is not a folder of this computer, and on local backups go to a folder",
        fix: "write file:// and an absolute path, for example file:///var/lib/semesterhub/dev-backups",
      },
    ];
  }
  if (platform === "openstack" && target.startsWith("file://")) {
    return [
      {
        path,
        value: target,
        problem: "is a folder of the machine that the backups are of: both would be lost at once",
        fix: "leave backup.target out, or name a container of the cloud, for example swift://semesterhub-backups",
      },
    ];
  }
  if (target.startsWith("swift://") && !/^swift:\/\/[\w.-]{1,200}$/.test(target)) {
    return [
      {
        path,
        value: target,
        problem: "does not name one container: letters, digits and . _ -, without a slash",
        fix: "write the name of a container, for example swift://semesterhub-backups",
      },
    ];
  }
  const folder = backupFolder(target);
  if (folder === undefined) return [];
  return backupPath(checked, target, folder);
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

/** The rules of this file, in order. */
export const checkMachines: Rule = (checked) =>
  [platformSection, checkHosts, checkCloud, fits, backupTarget].flatMap((rule) => rule(checked));
