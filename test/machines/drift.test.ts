// Twenty things that somebody changed by hand, on machines and in the Swarm: each is found, none invented.
import {
  bedStack,
  containerOf,
  MachineCourse,
  operate,
  storageMachine,
} from "../lib/machineCourse";
import { must, tryOperator } from "../lib/semester";

interface Difference {
  readonly machine: string;
  readonly about: string;
}

/** What somebody does as root on a machine, what is to be found of it, and how they undo it. */
interface Tampering {
  readonly machine: string;
  readonly done: string;
  /** "WORD of PATH" on that machine; "TYPE NAME" where Docker tells. */
  readonly found: string;
  /** Absent: the next `up` puts it back. */
  readonly undone?: string;
}

let course: MachineCourse;

/** What `npm run drift` finds, as "MACHINE: WHAT". */
async function found(): Promise<string[]> {
  const { code, stdout, stderr } = await tryOperator(bedStack, "drift", "--json");
  if (code !== 0 && code !== 3) throw new Error(`drift: exit ${code}\n${stdout}\n${stderr}`);
  const said = JSON.parse(stdout) as { drifted: boolean; differences: Difference[] };
  expect(said.drifted).toBe(code === 3);
  return said.differences.map(({ machine, about }) => `${machine}: ${about}`).sort();
}

/** A file with another line at its end. */
const longer = (machine: string, path: string): Tampering => ({
  machine,
  done: `cp -p ${path} /root/kept && echo '# tampered' >>${path}`,
  found: `content of ${path}`,
  undone: `cp -p /root/kept ${path}`,
});

/** A file or folder that everybody may read. */
const open = (machine: string, path: string): Tampering => ({
  machine,
  done: `stat -c %a ${path} >/root/mode && chmod a+rx ${path}`,
  found: `mode of ${path}`,
  undone: `chmod "$(cat /root/mode)" ${path}`,
});

/** A unit that will not be there after the next reboot. */
const disabled = (machine: string, unit: string): Tampering => ({
  machine,
  done: `systemctl disable --quiet ${unit}`,
  found: `unit of ${unit}`,
  undone: `systemctl enable --quiet ${unit}`,
});

function tamperings(): Tampering[] {
  const { stack, outputs } = course;
  const tree = outputs.storage.path;
  const own = `/etc/semesterhub/${stack}`;
  const table = "inet semesterhub_machine";
  const service = (part: keyof typeof outputs.services) => outputs.services[part];
  return [
    longer("proxy", `${own}/proxy/site.conf`),
    open("proxy", `${own}/proxy/tls/server.key`),
    disabled("proxy", "semesterhub-firewall.service"),
    longer("hub", "/etc/docker/daemon.json"),
    longer("hub", "/etc/semesterhub/semesters.d/0/rules"),
    longer("hub", "/etc/semesterhub/semesters.d/0/node-1.nft"),
    open("hub", `/var/lib/semesterhub-hub/${stack}/roster.json`),
    disabled("hub", "docker.service"),
    longer("node-1", "/etc/semesterhub/engine/ca.pem"),
    longer("node-1", "/etc/ssh/sshd_config.d/10-semesterhub.conf"),
    longer("node-1", "/etc/apt/apt.conf.d/52semesterhub"),
    disabled("node-1", "semesterhub-engine.service"),
    {
      machine: "node-1",
      done: `nft add chain ${table} tampered`,
      found: "firewall of /etc/semesterhub/firewall.nft",
      undone: `nft delete chain ${table} tampered`,
    },
    open(storageMachine, `${tree}/homes`),
    open(storageMachine, `${tree}/uids`),
    {
      machine: storageMachine,
      done: `stat -c %u:%g ${tree}/backup >/root/owner && chown 12345 ${tree}/backup`,
      found: `mode of ${tree}/backup`,
      undone: `chown "$(cat /root/owner)" ${tree}/backup`,
    },
    {
      machine: storageMachine,
      done: "mv /etc/apt/apt.conf.d/52semesterhub /root/updates",
      found: "content of /etc/apt/apt.conf.d/52semesterhub",
      undone: "mv /root/updates /etc/apt/apt.conf.d/52semesterhub",
    },
    {
      machine: "hub",
      done: `docker service rm ${service("cull")}`,
      found: "Service cull",
    },
    {
      machine: "hub",
      done: `docker service update --detach --quiet --label-add tampered=yes ${service("chp")}`,
      found: "Service chp",
    },
    {
      machine: "node-1",
      done: `docker stop ${outputs.containers.firewall} && docker rm ${outputs.containers.firewall}`,
      found: "Container firewall-node-1",
    },
  ];
}

/** As root in a shell of a machine. */
const asRoot = (machine: string, line: string) =>
  must("docker", ["exec", "--user", "root", containerOf(machine), "sh", "-ec", line]);

beforeAll(async () => {
  course = await MachineCourse.current();
  await operate("up", "--yes", "--refresh");
});

test("none is invented", async () => {
  expect(await found()).toEqual([]);
});

test("twenty tamperings: each is found, and nothing else", async () => {
  const all = tamperings();
  expect(all.length).toBeGreaterThanOrEqual(20);
  for (const [index, { machine, done }] of all.entries()) {
    await asRoot(machine, done.replaceAll("/root/", `/root/${index}-`));
  }
  const expected = all.map(({ machine, found: what }) =>
    /^[A-Z]/.test(what) ? `: ${what}` : `${machine}: ${what}`,
  );
  try {
    expect(await found()).toEqual([...expected].sort());
  } finally {
    for (const [index, { machine, undone }] of all.entries()) {
      if (undone !== undefined)
        await asRoot(machine, undone.replaceAll("/root/", `/root/${index}-`));
    }
  }
  // What Docker tells is put back by the next `up`, as the report says.
  await operate("up", "--yes", "--refresh");
  expect(await found()).toEqual([]);
});
