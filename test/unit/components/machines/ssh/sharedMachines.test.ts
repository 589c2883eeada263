// A second semester on the machines of another: what each has of them.
import { leadsToEngine, slots, portsOf } from "../../../../../config/ports";
import { accepted, changed, valid } from "../../../lib/configHelp";
import { fakeMachines } from "../../../lib/fakeMachines";
import { runProgram, type Program } from "../../../lib/harness";
import { unpacked } from "../../../../../scripts/plan/mocks";
import { prod } from "../../../lib/prod";
import { looking } from "../../../lib/several";
import { internal, run, step, steps } from "../../../lib/sshMachines";

describe("ports", () => {
  test("the first semester has those that it always had", () => {
    expect(portsOf()).toEqual({
      engine: 2376,
      chp: 8000,
      registry: 5000,
      forwards: { first: 23760, last: 23999 },
    });
  });

  test("no two semesters have one in common, and none is the Swarm's", () => {
    const all = Array.from({ length: slots }, (_, slot) => {
      const { engine, chp, registry, forwards } = portsOf(slot);
      const { first, last } = forwards;
      return [
        engine,
        chp,
        registry,
        ...Array.from({ length: last - first + 1 }, (__, n) => first + n),
      ];
    }).flat();
    expect(new Set(all).size).toBe(all.length);
    for (const port of [22, 80, 443, 2049, 2375, 2377, 4789, 7946]) expect(all).not.toContain(port);
    expect(Math.max(...all)).toBeLessThan(32768);
  });

  test("those that lead to engines are known, whosever they are", () => {
    expect([2376, 2466, 23760, 26159].map(leadsToEngine)).toEqual([true, true, true, true]);
    expect([443, 2377, 23759, 26160].map(leadsToEngine)).toEqual([false, false, false, false]);
  });
});

describe("the second semester", () => {
  let prototype: Program;
  beforeAll(async () => {
    prototype = await run(2, { slot: 1 });
  });
  const told = (name: string, what: string, of = prototype) =>
    unpacked(step(of, name, what).inputs.stdin).environment;

  test("has engines, forwards and a registry at ports of its own", () => {
    expect(told("hub", "tls")).toMatchObject({ ENGINE: "engine-1", LISTEN: "10.0.5.11:2386" });
    expect(told("hub", "engine")).toMatchObject({
      ENGINE: "engine-1",
      HOST: "tcp://203.0.113.10:24001",
    });
    expect(told("node-2", "forward")).toMatchObject({
      FORWARD: "dev-node-2",
      FIRST: "24000",
      TARGET: "10.0.5.21:2386",
    });
    expect(told("node-2", "docker")).toMatchObject({ REGISTRY: "10.0.5.11:5001" });
    expect(told("node-2", "base")).toMatchObject({ STACK: "dev", SLOT: "1" });
  });

  test("has chp and the registry at its ports of the hub's machine, and its hub the engine", async () => {
    const machines = fakeMachines(1, {}, 1);
    const program = await runProgram({ stack: "prod", config: prod, machines });
    const { find, taskSpec } = looking(() => program);
    const published = (part: string) =>
      (find(part, "docker:index/service:Service").inputs.endpointSpec as { ports: object[] }).ports;
    expect(published("chp")).toMatchObject([{ targetPort: 8000, publishedPort: 8001 }]);
    expect(published("registry")).toMatchObject([{ targetPort: 5000, publishedPort: 5001 }]);
    const { stdin } = find("proxy-site", "command:remote:Command").inputs;
    expect(stdin).toContain("set $chp 192.168.60.11:8001;");
    expect(taskSpec("hub").containerSpec.env.DOCKER_HOST).toBe("tcp://192.168.60.11:2386");
    expect(find("proxy", "docker:index/container:Container").inputs.image).toMatch(
      /^192\.168\.60\.11:5001\//,
    );
  });

  test("declares the same resources as the first", async () => {
    const first = await run(2);
    expect(prototype.resources.map(({ urn }) => urn)).toEqual(
      first.resources.map(({ urn }) => urn),
    );
    for (const what of steps.slice(1)) expect(step(first, "node-1", what)).toBeDefined();
  });

  test("says what it has of each machine", () => {
    const lines = (name: string) => (told(name, "base").RESERVATION ?? "").split("\n");
    const authority = /^stack\tdev\t[0-9a-f]{16}$/;
    expect(lines("proxy")[0]).toMatch(authority);
    expect(lines("proxy")).toEqual(
      expect.arrayContaining([
        "same\tits part\tthe proxy",
        "same\tnetworks.bridges\t172.30.0.0/16",
        "same\thosts.packageProxy\tnone",
        "alone\tthe port of proxy\t443",
        "alone\tthe port of proxy\t80",
      ]),
    );
    expect(lines("hub")).toEqual(
      expect.arrayContaining([
        "same\tits name (hosts.….name)\thub",
        "folder\tstorage.path\t/var/lib/semesterhub/dev",
        "alone\tbackup.target\tfile:///srv/backups",
        "network\tnetworks.course\t10.11.16.0/20",
        "network\tnetworks.control\t10.11.0.0/24",
      ]),
    );
    expect(lines("node-1")).toContain(`same\tits part\ta node of the hub at ${internal(11)}`);
    expect(lines("node-1").join("\n")).not.toMatch(/^(alone|folder|network)/m);
  });
});

test("a prototype's configuration beside production's is accepted", () => {
  const { platform } = accepted(valid.hosts, { hosts: changed(valid.hosts.hosts, { slot: 1 }) });
  expect(platform).toMatchObject({ slot: 1 });
  expect(accepted(valid.hosts).platform).toMatchObject({ slot: 0 });
});
