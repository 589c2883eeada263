/** Kinds of servers that a course offers. */
import { z } from "zod";
import { count, entry, line, size } from "./entry";
import { environmentSection } from "./environment";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

const profile = z.strictObject({
  name: entry(line(40).regex(/[A-Za-z0-9]/, "has neither a letter of the alphabet nor a digit"), {
    about: "What people see, and choose by where they may have several.",
    expects: "a few words",
    example: "Large data",
  }),
  environment: entry(environmentSection(), {
    about: "What these servers have, instead of what `semesterhub:environment` says.",
    expects: "a section",
    default: "`semesterhub:environment`",
  }).optional(),
  memory: entry(size(128 * mebibyte, 1024 * gibibyte), {
    about: "Memory that one of these servers can use.",
    expects: "a size",
    example: "4G",
    default: "`student.memory`",
  }).optional(),
  memoryReserved: entry(size(0, 1024 * gibibyte), {
    about: "Memory that is kept free for each of them.",
    expects: "a size of 4M or more, or 0M for none",
    example: "1G",
    default: "what other servers have, in the proportion of `memory` to `student.memory`",
  }).optional(),
  cpus: entry(z.number().min(0.1, "is less than 0.1").max(256, "is more than 256"), {
    about: "Processors that one of these servers can use.",
    expects: "a number",
    example: 2,
    default: "`student.cpus`",
  }).optional(),
  cpusReserved: entry(z.number().min(0, "is less than 0").max(256, "is more than 256"), {
    about: "Processors that are kept free for each of them.",
    expects: "a number",
    example: 0.5,
    default: "`student.cpusReserved`",
  }).optional(),
  gpus: entry(count(0, 16), {
    about:
      "NVIDIA GPUs that one of these servers has for itself. It starts on a machine that has them free " +
      "(`hosts.nodes[].gpus`, `openstack.nodes.gpus`), and waits for one until then.",
    expects: "a whole number",
    example: 1,
  }).default(0),
  groups: entry(z.array(line(64)), {
    about: "Whose they are: groups of the roster, `students` or `staff`.",
    expects: "a list of groups",
    example: ["lab-1", "staff"],
    default: "everybody's",
  }).optional(),
});

/** The profiles section. */
export const profiles = entry(z.array(profile).max(20, "has more than 20"), {
  about:
    "Kinds of servers, for people by group. Who may have several chooses as a server starts; the first" +
    " that somebody may have is the usual one. Without any, all servers are alike.",
  expects: "a list, each with a name",
  example: [{ name: "Usual" }, { name: "Large data", memory: "4G", groups: ["lab-1"] }],
}).default([]);
