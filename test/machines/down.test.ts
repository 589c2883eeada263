// The end of a semester: not without a last backup, and then the machines are as they were, but for
// what is said to stay.
import {
  bedStack,
  MachineCourse,
  onMachine,
  operate,
  say,
  storageApart,
  storageMachine,
} from "../lib/machineCourse";
import { tryOperator } from "../lib/semester";

const machines = ["proxy", "hub", ...(storageApart ? ["storage"] : []), "node-1"];

test("down refuses to go on when the last backup fails, and the course runs on", async () => {
  const course = await MachineCourse.current();
  const ada = await course.logIn("ada");
  await ada.start(180);
  const scale = (count: number) =>
    onMachine("hub", "docker", "service", "scale", `${course.outputs.services.backup}=${count}`);
  await scale(0);
  try {
    const { code, stdout, stderr } = await tryOperator(bedStack, "down", "--yes");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("the last backup can't be taken and nothing is destroyed");
    const services = await onMachine("hub", "docker", "service", "ls", "--format", "{{.Name}}");
    for (const part of ["hub", "chp", "homes", "cull", "backup"] as const) {
      expect(services).toContain(course.outputs.services[part]);
    }
    const kept = `${course.outputs.storage.path}/homes/ada/kept.txt`;
    expect(await onMachine(storageMachine, "cat", kept)).toBe("kept");
  } finally {
    await scale(1);
  }
});

test("down takes the last backup and leaves the machines clean", async () => {
  const course = await MachineCourse.current();
  await course.service("backup");
  const { seconds, stdout } = await operate("down", "--yes");
  say(`down: ${seconds.toFixed(0)} s`);
  expect(stdout).toContain(course.outputs.storage.path);
  for (const machine of machines) {
    const docker = (...words: string[]) => onMachine(machine, "docker", ...words);
    expect(await docker("ps", "--all", "--quiet")).toBe("");
    expect(await docker("info", "--format", "{{.Swarm.LocalNodeState}}")).toBe("inactive");
    expect(await docker("network", "ls", "--filter", "label=semesterhub.stack", "--quiet")).toBe(
      "",
    );
    expect(await onMachine(machine, "sh", "-c", "nft list tables | grep semesterhub || true")).toBe(
      "",
    );
    const units = "ls /etc/systemd/system | grep semesterhub || true";
    expect(await onMachine(machine, "sh", "-c", units)).toBe("");
    const left = await onMachine(
      machine,
      "sh",
      "-c",
      "find /etc/semesterhub -type f 2>/dev/null || true",
    );
    say(
      `${machine} keeps: Debian's packages, images, daemon.json${left === "" ? "" : `, ${left.split("\n").join(", ")}`}`,
    );
    expect(left).toBe("");
  }
  // What must be left: the students' files and the backups.
  const { path, backups } = course.outputs.storage;
  expect(await onMachine(storageMachine, "cat", `${path}/homes/ada/kept.txt`)).toBe("kept");
  expect(await onMachine(storageMachine, "ls", new URL(backups).pathname)).toContain("snapshots");
});
