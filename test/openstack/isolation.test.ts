// What a student's container on a node can't reach: each probe runs in the container, as the student.
import { CloudCourse } from "../lib/cloudCourse";
import { gateway } from "./bed.mjs";
import { cloudStack, patience } from "./patience";

let course: CloudCourse;
let node: string;
let container: string;
/** Inner addresses of the machines. */
const inner = new Map<string, string>();

beforeAll(async () => {
  course = await CloudCourse.current(cloudStack);
  for (const name of ["ada", "grace"]) {
    const user = await course.member(name);
    await user.start(patience);
  }
  ({ node, container } = await course.serverOf("ada"));
  for (const machine of course.machines) {
    const [, address = ""] =
      /src (\S+)/.exec(await course.on(machine, ["ip", "-4", "route", "get", "169.254.169.254"])) ??
      [];
    inner.set(machine, address);
  }
});

type Probe = readonly [what: string, host: string, port: number];

/**
 * Tries TCP connections from Ada's container, all at once, since each way there is slow; answers for each
 * "open", or why it is not made.
 */
async function probe(probes: readonly Probe[]): Promise<string[]> {
  const code = `import concurrent.futures, errno, json, socket, sys
def probe(target):
    try:
        socket.create_connection(target[1:], timeout=20).close()
        return "open"
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)
targets = json.loads(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(len(targets)) as pool:
    print(json.dumps(list(pool.map(probe, targets))))`;
  const user = await course.on(node, ["docker", "inspect", "-f", "{{.Config.User}}", container]);
  const python = ["python3", "-c", code, JSON.stringify(probes)];
  const said = await course.on(node, ["docker", "exec", "--user", user, container, ...python]);
  return JSON.parse(said) as string[];
}

/** What of these answers: nothing should. */
async function open(probes: readonly Probe[]): Promise<string[]> {
  const results = await probe(probes);
  const lines = probes.map(([what, host, port], index) => {
    return `${what.padEnd(34)} ${host}:${port} ${results[index] ?? "no answer"}`;
  });
  console.log(lines.join("\n"));
  return lines.filter((_, index) => !closed.has(results[index] ?? ""));
}

/** Why no connection is made where one is refused on the way, or nobody answers. */
const closed = new Set(["EHOSTUNREACH", "ENETUNREACH", "EACCES", "TimeoutError"]);

/** Ports of a machine that mean something to somebody. */
const ports = { SSH: 22, "Docker API": 2376, Swarm: 2377, gossip: 7946, NFS: 2049, registry: 5000 };

test("the hub's API is reachable, or the other probes would prove nothing", async () => {
  expect(await probe([["hub", "hub", 8081]])).toEqual(["open"]);
});

test("the cloud's metadata is not reachable", async () => {
  expect(await open([["metadata", "169.254.169.254", 80]])).toEqual([]);
});

test("no machine's SSH, Docker API, Swarm, NFS or registry", async () => {
  const probes = [...inner].flatMap(([machine, address]) =>
    Object.entries(ports).map(([what, port]) => [`${machine}: ${what}`, address, port] as const),
  );
  expect(await open(probes)).toEqual([]);
});

test("neither the proxy's public address nor anything private beyond", async () => {
  const address = new URL(course.outputs.url).hostname;
  const [router = ""] = [...inner.values()].map((one) => one.replace(/\.\d+$/, ".1"));
  expect(
    await open([
      ["proxy: SSH", address, 22],
      ["proxy: engines", address, 23760],
      // Not 53: a name server may have a private address (images/firewall).
      ["the cloud's router", router, 80],
      ["this computer: packages", gateway, 3142],
      ["this computer: the cloud's API", gateway, 5000],
    ]),
  ).toEqual([]);
});

test("no other student's server", async () => {
  const other = await course.serverOf("grace");
  const format = `{{(index .NetworkSettings.Networks "semesterhub-${cloudStack}-course").IPAddress}}`;
  const address = await course.on(other.node, ["docker", "inspect", "-f", format, other.container]);
  expect(await open([["another student's server", address, 8888]])).toEqual([]);
});
