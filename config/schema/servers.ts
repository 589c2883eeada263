/** What people's servers may use, how they start, and when they are stopped. */
import { z } from "zod";
import { count, entry, size } from "./entry";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/** The student section. */
export const student = entry(
  z.strictObject({
    memory: entry(size(128 * mebibyte, 1024 * gibibyte), {
      about: "Memory that one person's server can use.",
      expects: "a size",
      example: "1.5G",
    }).prefault("1G"),
    memoryReserved: entry(size(0, 1024 * gibibyte), {
      about: "Memory that is kept free for each server; decides how many fit on a machine.",
      expects: "a size of 4M or more, or 0M for none",
      example: "512M",
      default: "256M, or `memory` where that is less",
    }).optional(),
    cpus: entry(z.number().min(0.1, "is less than 0.1").max(256, "is more than 256"), {
      about: "Processors that one person's server can use.",
      expects: "a number",
      example: 2,
    }).default(1),
    cpusReserved: entry(z.number().min(0, "is less than 0").max(256, "is more than 256"), {
      about: "Processors that are kept free for each server.",
      expects: "a number",
      example: 0.1,
    }).default(0),
    pids: entry(count(64, 32768), {
      about: "Processes and threads that one person's server can have.",
      expects: "a whole number",
      example: 512,
    }).default(512),
    tokens: entry(count(1, 10_000), {
      about: "API tokens that one person may have at the hub.",
      expects: "a whole number",
      example: 100,
    }).default(100),
    namedServers: entry(count(0, 10), {
      about:
        "Servers that one person can have at once beside the usual one, under names that they choose." +
        " Each has all that one server has: memory, processors, processes, connections. The home and" +
        " its quota are the same.",
      expects: "a whole number, 0 for none",
      example: 2,
    }).default(0),
    connections: entry(count(64, 100_000), {
      about:
        "Connections to others that one person's server can have open at once. It can open a" +
        " twentieth as many in a second. Connections inside the server aren't counted.",
      expects: "a whole number",
      example: 1000,
    }).default(1000),
    datagramsPerSecond: entry(count(100, 1_000_000), {
      about:
        "Packets other than TCP's (UDP, ping) that one person's server can send in a second; more" +
        ' are refused with "Operation not permitted".',
      expects: "a whole number",
      example: 2000,
    }).default(2000),
    homeQuota: entry(size(mebibyte, 16384 * gibibyte), {
      about: "Disk space of one person's home, where the file system has project quotas (XFS).",
      expects: "a size",
      example: "5G",
      default: "no quota",
    }).optional(),
  }),
  { about: "What one person's server may use; staff have the same.", expects: "a section" },
).prefault({});

/** The spawn section. */
export const spawn = entry(
  z.strictObject({
    concurrent: entry(count(1, 1000), {
      about: "How many servers may be starting at once.",
      expects: "a whole number",
      example: 64,
    }).default(64),
    timeoutSeconds: entry(count(10, 3600), {
      about: "Seconds until a server that doesn't answer counts as failed.",
      expects: "a whole number of seconds",
      example: 120,
    }).default(120),
    activeServers: entry(count(1, 100_000), {
      about: "How many servers may run at once.",
      expects: "a whole number",
      example: 250,
      default: "no limit",
    }).optional(),
    interface: entry(z.enum(["lab", "notebook"]), {
      about: "What people see first: JupyterLab, or Notebook 7.",
      expects: "lab or notebook",
      example: "lab",
    }).default("lab"),
  }),
  { about: "How servers start.", expects: "a section" },
).prefault({});

/** The cull section. */
export const cull = entry(
  z.strictObject({
    idleMinutes: entry(count(5, 43_200), {
      about: "Minutes without activity after which a server is stopped. Files stay.",
      expects: "a whole number of minutes",
      example: 60,
    }).default(60),
    kernelIdleMinutes: entry(count(1, 43_200), {
      about: "Minutes without activity after which a kernel is stopped: its variables are lost.",
      expects: "a whole number of minutes",
      example: 30,
      default: "30, or `idleMinutes` where that is less",
    }).optional(),
    busyMinutes: entry(count(0, 43_200), {
      about:
        "Minutes for which a running cell counts as activity, whether it prints or not; 0: it" +
        " does not count.",
      expects: "a whole number of minutes",
      example: 1440,
    }).default(1440),
    maxAgeHours: entry(count(1, 8760), {
      about: "Hours after which a server is stopped even while it is used.",
      expects: "a whole number of hours",
      example: 24,
      default: "no limit",
    }).optional(),
    everyMinutes: entry(count(1, 1440), {
      about: "Minutes between two looks.",
      expects: "a whole number of minutes",
      example: 10,
      default: "10, or `idleMinutes` where that is less",
    }).optional(),
    drainMinutes: entry(count(0, 1440), {
      about:
        "Minutes that servers may go on running on a node that is taken away. It gets no new ones; " +
        "`up` waits until they are idle, and no longer than this.",
      expects: "a whole number of minutes",
      example: 30,
    }).default(30),
  }),
  { about: "When servers that nobody uses are stopped.", expects: "a section" },
).prefault({});

/** The health section. */
export const health = entry(
  z.strictObject({
    everySeconds: entry(count(2, 300), {
      about:
        "Seconds until Docker looks again whether a container of the course itself is well. Each look " +
        "starts a process, a tenth of a second of a processor; a slow machine, such as one whose " +
        "processor is emulated, wants more. It takes as long until `up` knows that a container is well.",
      expects: "a whole number of seconds",
      example: 5,
    }).default(5),
  }),
  { about: "How closely the course's own containers are watched.", expects: "a section" },
).prefault({});

/** The staff section. */
export const staff = entry(
  z.strictObject({
    mayEnterServers: entry(z.boolean(), {
      about: "Whether staff may open students' servers, with all that is in them.",
      expects: "true or false",
      example: true,
    }).default(false),
  }),
  { about: "What staff may do.", expects: "a section" },
).prefault({});
