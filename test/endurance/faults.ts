import { exec, must, type Semester } from "../lib/semester";
import { until } from "../lib/until";
import { wait } from "./chance";
import { whileFull } from "./disk";

/** Something that goes wrong, and is over when the promise is kept. */
export interface Fault {
  readonly name: string;
  readonly happen: () => Promise<void>;
}

/** How long a part may take to be there again after it was killed. */
const recoverySeconds = 180;

/** What goes wrong on one computer. */
export function faultsOf(semester: Semester): Fault[] {
  const { services, containers, storage } = semester.outputs;
  const service = (name: string) => () => runningService(name);
  const container = (name: string) => () => runningContainer(name);
  const parts = [
    ...Object.values(services).map((name) => [name, service(name)] as const),
    ...Object.values(containers).map((name) => [name, container(name)] as const),
  ];
  return [
    ...parts.map(([name, find]) => ({ name: `${name} is killed`, happen: () => kill(find) })),
    {
      name: "the hub stands still for 20 s",
      happen: async () => {
        await standStill(await processOf(await service(services.hub)()), 20);
      },
    },
    {
      name: "the engine stands still for 20 s",
      happen: async () => {
        await standStill(Number((await must("pidof", ["-s", "dockerd"])).stdout), 20);
      },
    },
    {
      name: "the storage is full for a minute",
      happen: () => whileFull(storage.path, () => wait(60)),
    },
  ];
}

/** What can't go wrong here, each with why. */
export const impossible = [
  "the network of a node cut: there is one machine here (test/machines/reboot.test.ts has nodes)",
  "the clock moved: it is this computer's, which others use (images/backup/tests has such clocks)",
];

/** Kills a container's first process, as the kernel does for want of memory, and waits for the next one. */
async function kill(find: () => Promise<string>): Promise<void> {
  const killed = await processOf(await find());
  process.kill(killed, "SIGKILL");
  await until(
    "the part to be there again",
    async () => {
      const now = await find();
      const format =
        "{{.State.Pid}} {{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}";
      const { stdout } = await must("docker", ["inspect", "--format", format, now]);
      const [id, health] = stdout.trim().split(" ");
      return id !== "0" && id !== String(killed) && health === "healthy" ? now : undefined;
    },
    { seconds: recoverySeconds, everyMs: 1000 },
  );
}

async function standStill(id: number, seconds: number): Promise<void> {
  process.kill(id, "SIGSTOP");
  try {
    await wait(seconds);
  } finally {
    process.kill(id, "SIGCONT");
  }
}

async function processOf(container: string): Promise<number> {
  const { stdout } = await must("docker", ["inspect", "--format", "{{.State.Pid}}", container]);
  const id = Number(stdout);
  if (id < 2) throw new Error(`${container} has no process`);
  return id;
}

async function runningService(name: string): Promise<string> {
  return first(["--filter", `label=com.docker.swarm.service.name=${name}`]);
}

async function runningContainer(name: string): Promise<string> {
  return first(["--filter", `name=^/${name}$`]);
}

async function first(filter: readonly string[]): Promise<string> {
  const { stdout, stderr } = await exec("docker", ["ps", "--quiet", "--no-trunc", ...filter]);
  const [id = ""] = stdout.split("\n");
  if (id === "") throw new Error(`no container ${filter.join(" ")} ${stderr}`);
  return id;
}
