import { addressOf, onMachine, say, type MachineCourse } from "./machineCourse";

/** What is asked, and at which ports. */
export type Probe = readonly [what: string, host: string, ports: readonly number[]];

/** What came of it at one port. */
export interface Result {
  readonly what: string;
  readonly port: number;
  /** "open", or why the connection was not made. */
  readonly result: string;
}

/** Tries each from a student's container, as that student. */
export async function probeFrom(
  course: MachineCourse,
  student: string,
  probes: readonly Probe[],
): Promise<Result[]> {
  const server = await course.server(student);
  if (server === undefined) throw new Error(`${student} has no server`);
  const { machine, id } = server;
  const user = await onMachine(machine, "docker", "inspect", "--format", "{{.Config.User}}", id);
  const code = `
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def probe(asked):
    what, host, port = asked
    try:
        socket.create_connection((host, port), timeout=4).close()
        result = "open"
    except OSError as error:
        result = error.strerror or str(error)
    return {"what": f"{what}, {host}", "port": port, "result": result}
with ThreadPoolExecutor(16) as pool:
    print(json.dumps(list(pool.map(probe, json.loads(sys.argv[1])))))
`;
  const asked = probes.flatMap(([what, host, ports]) => ports.map((port) => [what, host, port]));
  const words = ["exec", "--user", user, id, "python3", "-c", code, JSON.stringify(asked)];
  return JSON.parse(await onMachine(machine, "docker", ...words)) as Result[];
}

/** Says each probe with its result, those that went alike in one line. */
export function list(results: readonly Result[]): void {
  const lines = new Map<string, number[]>();
  for (const { what, port, result } of results) {
    const line = `${result.padEnd(20)} ${what}:`;
    lines.set(line, [...(lines.get(line) ?? []), port]);
  }
  for (const [line, ports] of lines) say(`${line} ${ports.join(" ")}`);
}

/** A container's address on its course's network. */
export function overlayAddress(machine: string, id: string): Promise<string> {
  return addressOn("course", machine, id);
}

/** A container's address on the network where students are not. */
export function controlAddress(machine: string, id: string): Promise<string> {
  return addressOn("control", machine, id);
}

async function addressOn(
  network: "course" | "control",
  machine: string,
  id: string,
): Promise<string> {
  const format =
    "{{range $name, $at := .NetworkSettings.Networks}}{{$name}} {{$at.IPAddress}}\n{{end}}";
  const networks = await onMachine(machine, "docker", "inspect", "--format", format, id);
  const [, address = ""] = new RegExp(`-${network} (\\S+)`).exec(networks) ?? [];
  expect(address).not.toBe("");
  return address;
}

/** The ports of one machine that another one finds open. */
export async function openPorts(
  from: string,
  to: string,
  ports: readonly number[],
): Promise<string[]> {
  const address = await addressOf(to);
  const one = `timeout 6 bash -c "</dev/tcp/${address}/$port" 2>/dev/null && echo "$port"`;
  const script = `for port; do (${one}) & done | sort -n`;
  const open = await onMachine(from, "bash", "-c", script, "bash", ...ports.map(String));
  say(`${from} → ${to}: ${open.split("\n").join(" ") || "nothing"}`);
  return open.split("\n").filter((port) => port !== "");
}
