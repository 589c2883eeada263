// What a student's container can't reach. Each probe runs in the container, as the student.
import { must, Semester } from "../lib/semester";
import type { HubUser } from "../lib/hubUser";

let semester: Semester;
let ada: HubUser;
let grace: HubUser;
let alan: HubUser;
let container: string;

beforeAll(async () => {
  semester = await Semester.up();
  ada = semester.user("ada");
  grace = semester.user("grace");
  alan = semester.user("alan");
  for (const user of [ada, grace, alan]) {
    expect(await user.logIn()).toBe(true);
    await user.start();
  }
  container = await semester.studentContainer("ada");
});

afterAll(async () => {
  await ada.stop();
  await grace.stop();
  await alan.stop();
});

/** Runs Python in somebody's container, as that person. */
async function runAs(name: string, code: string): Promise<string> {
  const uid = await semester.studentUser(name);
  const { stdout } = await must("docker", [
    "exec",
    "--user",
    uid,
    await semester.studentContainer(name),
    "python3",
    "-c",
    code,
  ]);
  return stdout.trim();
}

/** Runs Python in Ada's container, as Ada. */
const asAda = (code: string): Promise<string> => runAs("ada", code);

/** "open", or why a TCP connection from Ada's container is not made. */
async function connect(host: string, port: number): Promise<string> {
  return asAda(`
import socket
try:
    socket.create_connection((${JSON.stringify(host)}, ${port}), timeout=3).close()
    print("open")
except OSError as error:
    print(type(error).__name__)
`);
}

/** The overlay address of a container on the course network. */
async function addressOf(id: string, network: string): Promise<string> {
  const { stdout } = await must("docker", [
    "inspect",
    "--format",
    `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`,
    id,
  ]);
  return stdout.trim();
}

test("the hub's API is reachable, or the other probes would prove nothing", async () => {
  expect(await connect("hub", 8081)).toBe("open");
  // Browsers' door: who comes there is believed about where they come from.
  expect(await connect("hub", 8082)).not.toBe("open");
});

test("another student's server is not reachable, on any of its ports", async () => {
  const other = await addressOf(await semester.studentContainer("grace"), semester.courseNetwork);
  for (const port of [8888, 8081, 22, 5000]) expect(await connect(other, port)).not.toBe("open");
});

test("chp's API and proxy are not reachable, by name or address", async () => {
  const chp = await semester.container(semester.outputs.services.chp);
  const addresses = [
    "chp",
    await addressOf(chp, semester.courseNetwork),
    await addressOf(chp, semester.controlNetwork),
  ];
  for (const address of addresses) {
    for (const port of [8000, 8001, 8002]) expect(await connect(address, port)).not.toBe("open");
  }
});

test("nothing but the API answers on the hub's own address", async () => {
  const hub = await semester.container(semester.outputs.services.hub);
  const address = await addressOf(hub, semester.courseNetwork);
  for (const port of [22, 5432, 8000, 8001, 8888, 9999]) {
    expect(await connect(address, port)).not.toBe("open");
  }
});

test("the machine is not reachable: its gateways, SSH, Docker, the proxy's own port", async () => {
  const gateways = await asAda(`
import socket, struct
for line in open("/proc/net/route").readlines()[1:]:
    fields = line.split()
    if fields[1] == "00000000":
        print(socket.inet_ntoa(struct.pack("<L", int(fields[2], 16))))
`);
  expect(gateways).not.toBe("");
  for (const gateway of gateways.split("\n")) {
    for (const port of [22, 2375, 2376, 2377, 2049, semester.port]) {
      expect(await connect(gateway, port)).not.toBe("open");
    }
  }
});

test("the cloud's metadata is not reachable", async () => {
  expect(await connect("169.254.169.254", 80)).not.toBe("open");
});

test("no Docker socket, no homes socket, no hub database, no other home is in the container", async () => {
  const seen = await asAda(`
import os
paths = ["/var/run/docker.sock", "/run/docker.sock", "/run/semesterhub/homes.sock",
         "/srv/semesterhub", "/srv/hub", "/home/grace", "/run/secrets", "/backups",
         ${JSON.stringify(semester.outputs.storage.path)}]
print([path for path in paths if os.path.exists(path)], sorted(os.listdir("/home")))
`);
  expect(seen).toBe("[] ['ada']");
});

test("the student is nobody special: own uid, no capabilities, no way to more", async () => {
  const status = await asAda(`
import os
fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(os.getuid() >= 20000, fields["CapEff"].strip(), fields["CapBnd"].strip(), fields["NoNewPrivs"].strip())
`);
  const server = await asAda(`
fields = dict(line.split(":", 1) for line in open("/proc/1/status"))
print(fields["CapEff"].strip(), fields["CapBnd"].strip())
`);
  expect(status.split(" ").slice(0, 3)).toEqual(["True", "0000000000000000", "0000000000000000"]);
  expect(server).toBe("0000000000000000 0000000000000000");
});

test("a group's folder is its members' alone, who change each other's files", async () => {
  const folder = "/srv/groups/project-1";
  const made = await asAda(`
import os
os.makedirs("${folder}/report", exist_ok=True)
with open("${folder}/report/a.txt", "w") as file:
    file.write("ada")
try:
    os.chmod("${folder}", 0o777)
except OSError as error:
    print(type(error).__name__)
print(oct(os.stat("${folder}/report/a.txt").st_mode & 0o777), os.readlink("/home/ada/groups"))
`);
  expect(made.split("\n")).toEqual(["PermissionError", "0o660 /srv/groups"]);
  const read = await runAs(
    "alan",
    `file = open("${folder}/report/a.txt", "r+"); print(file.read()); file.write(" alan")`,
  );
  expect(read).toBe("ada");
  const seen = await runAs(
    "grace",
    "import os; print([gid for gid in os.getgroups() if 19000 <= gid < 19998], os.path.exists('/srv/groups'))",
  );
  expect(seen).toBe("[] False");
});

test("memory, CPU and processes are limited", async () => {
  const { stdout } = await must("docker", [
    "inspect",
    "--format",
    "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}",
    container,
  ]);
  const limits = stdout.trim().split(" ").map(Number);
  for (const limit of limits) expect(limit).toBeGreaterThan(0);
});

test("processes share memory up to the memory limit, and their kernel lives on", async () => {
  // Docker's own /dev/shm has 64 MB; a write beyond them ends the process by a bus error.
  const written = await asAda(`
import mmap, os
file = open("/dev/shm/shared", "w+b")
file.truncate(200 * 2**20)
with mmap.mmap(file.fileno(), 0) as memory:
    for page in range(0, len(memory), 4096):
        memory[page] = 1
os.remove("/dev/shm/shared")
print("written", os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize)
`);
  const { stdout } = await must("docker", [
    "inspect",
    "--format",
    "{{.HostConfig.Memory}}",
    container,
  ]);
  expect(written).toBe(`written ${stdout.trim()}`);
});
