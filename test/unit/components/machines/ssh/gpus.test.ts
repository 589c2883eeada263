// Machines with GPUs: what their engines are told, and the script that finds them, with an nvidia-smi that answers.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellScript } from "../../../../../components/lib/shell";
import { daemonSettings } from "../../../../../components/machines/ssh/daemonSettings";
import { subnet } from "../../../../../config/values";
import { unpacked } from "../../../../../scripts/plan/mocks";
import type { Registration } from "../../../lib/harness";
import { machine, run, step, waits } from "../../../lib/sshMachines";

const environment = ({ inputs }: Registration) => unpacked(inputs.stdin).environment;

describe("the program", () => {
  const nodes = [machine(20, { name: "node-1", gpus: 2 }), machine(21, { name: "node-2" })];

  test("an engine offers its machine's GPUs, and no other engine is told of any", async () => {
    const program = await run(2, { nodes });
    expect(program.error).toBeUndefined();
    const gpus = step(program, "node-1", "gpus");
    expect(environment(gpus)).toMatchObject({ GPUS: "2" });
    expect(waits(program, step(program, "node-1", "docker"), gpus)).toBe(true);
    expect(program.resources.filter(({ name }) => name.endsWith("-gpus"))).toHaveLength(1);
    const told = (name: string) => {
      const { DAEMON = "" } = environment(step(program, name, "docker"));
      return JSON.parse(DAEMON) as Record<string, unknown>;
    };
    expect(told("node-1")).toMatchObject({
      "node-generic-resources": ["gpu=GPU-0", "gpu=GPU-1"],
      "default-runtime": "nvidia",
      runtimes: { nvidia: { path: "nvidia-container-runtime" } },
    });
    for (const name of ["proxy", "hub", "node-2"])
      expect(told(name)).not.toHaveProperty("runtimes");
  });

  test("without nodes the hub's machine has them", async () => {
    const program = await run(0, { hub: machine(11, { user: "debian", port: 2222, gpus: 1 }) });
    expect(environment(step(program, "hub", "gpus"))).toMatchObject({ GPUS: "1" });
  });

  test("an engine without GPUs is told what it was always told", () => {
    const settings = { swarm: true, bridges: subnet("172.30.0.0/16") };
    expect(daemonSettings({ ...settings, gpus: [] })).toBe(daemonSettings(settings));
  });
});

describe("the script", () => {
  const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
  const toolkit = join(folder, "config.toml");
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const program = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  /** What it prints where nvidia-smi does this; `without` is missing on the machine. */
  const find = (smi: string, gpus: number, without?: string) => {
    const added = `printf 'swarm-resource = "DOCKER_RESOURCE_GPU"\\n' >>"${toolkit}"`;
    writeFileSync(toolkit, "");
    for (const [name, text] of [
      ["nvidia-smi", smi],
      ["nvidia-container-runtime", ""],
      ["nvidia-ctk", added],
    ] as const) {
      if (name === without) rmSync(join(folder, name));
      else program(name, text);
    }
    const script = `${shellScript("machine/functions.sh")}\n${shellScript("machine/gpus.sh")}`;
    const { status, stdout, stderr } = spawnSync(
      "sh",
      ["-c", script.replace(/^toolkit=.*$/m, `toolkit=${toolkit}`)],
      {
        env: {
          PATH: `${folder}:${process.env["PATH"] ?? ""}`,
          ...{ SEMESTERHUB_MACHINE: "node-1", GPUS: String(gpus) },
        },
        encoding: "utf8",
      },
    );
    return { status, stdout, stderr };
  };
  const two = "printf 'GPU-11-aa\\nGPU-22-bb\\n'";

  test("prints as many as are configured, in the driver's order", () => {
    expect(find(two, 2)).toEqual({ status: 0, stdout: '["GPU-11-aa","GPU-22-bb"]\n', stderr: "" });
    expect(find(two, 1).stdout).toBe('["GPU-11-aa"]\n');
    expect(readFileSync(toolkit, "utf8")).toContain("swarm-resource");
  });

  test.each([
    ["no driver", two, 1, "nvidia-smi", "apt-get install linux-headers-amd64 nvidia-driver"],
    ["no toolkit", two, 1, "nvidia-container-runtime", "package nvidia-container-toolkit"],
    ["fewer than configured", two, 3, undefined, "says 3 GPU(s), and nvidia-smi shows 2"],
    [
      "a driver that fails",
      "echo 'Driver/library version mismatch'; exit 18",
      1,
      undefined,
      "restart the machine): Driver/library",
    ],
    ["lines that are no UUID", "echo 'No devices were found'", 1, undefined, "nvidia-smi shows 0"],
  ])("%s: says what to do, and prints nothing", (_, smi, gpus, without, said) => {
    const { status, stdout, stderr } = find(smi, gpus, without);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(said);
  });
});
