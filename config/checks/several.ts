/** What is only for courses of several machines. */
import type { Rule } from "./rule";
import type { Problem } from "../problems";

/** Keys that mean nothing where they are refused: a reader would think that they did something. */
export const checkSeveral: Rule = ({ platform, storage, networks, images, hosts, openstack }) => {
  const problems: Problem[] = [];
  for (const { apart, path, nodes } of [
    { apart: hosts?.storage !== undefined, path: ["hosts", "storage"], nodes: hosts?.nodes.length },
    {
      apart: openstack?.flavors.storage !== undefined,
      path: ["openstack", "flavors", "storage"],
      nodes: openstack?.nodes.count,
    },
  ]) {
    if (!apart || nodes !== 0) continue;
    problems.push({
      path,
      problem: "is a machine of its own for files that nodes use, and there are no nodes",
      fix: "take it out: the hub's machine keeps the files and runs the students' servers",
    });
  }
  if (storage?.shared === true && platform === "local") {
    problems.push({
      path: ["storage", "shared"],
      value: true,
      problem: "is not for the platform local, which has one machine",
      fix: "take it out",
    });
  }
  if (storage?.shared === true && platform === "openstack") {
    problems.push({
      path: ["storage", "shared"],
      value: true,
      problem: "is not for the platform openstack, where the files are on the hub's own volume",
      fix: "take it out: the hub's machine exports the volume to the nodes",
    });
  }
  if (networks?.mtu !== undefined && platform === "local") {
    problems.push({
      path: ["networks", "mtu"],
      value: networks.mtu,
      problem: "is not for the platform local, which has no network between machines",
      fix: "take it out",
    });
  }
  if (images && platform === "local") {
    problems.push({
      path: ["images"],
      problem: "is not for the platform local, which builds its images where they are used",
      fix: "take the section out",
    });
  }
  for (const [key, other] of [
    ["username", "password"],
    ["password", "username"],
  ] as const) {
    if (platform === "local" || images?.[key] === undefined || images[other] !== undefined)
      continue;
    problems.push({
      path: ["images", other],
      problem: `is missing, and there is a ${key}`,
      fix: `write the ${other} too, or take the ${key} out where the registry asks nobody`,
    });
  }
  return problems;
};
