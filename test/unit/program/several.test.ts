// What is declared where a course has machines of its own: a proxy, a hub and seven nodes.
import type { Program } from "../lib/harness";
import { looking, onCampus, run } from "../lib/several";

const container = "docker:index/container:Container";
const service = "docker:index/service:Service";
const command = "command:remote:Command";
const nodes = [1, 2, 3, 4, 5, 6, 7].map((number) => `node-${number}`);
let program: Program;
beforeAll(async () => {
  program = await run(7);
});

const { find, environment, taskSpec, settings, waitsFor } = looking(() => program);

test("the program ends without an error", () => {
  expect(program.error?.message).toBeUndefined();
});

describe("the Swarm", () => {
  test("each node joins with a token that is nowhere to be seen", () => {
    for (const node of nodes) {
      const joined = find(`join-${node}`, command);
      expect(joined.secrets).toContain("stdin");
      expect(joined.inputs.logging).toBe("none");
      expect(JSON.stringify([joined.inputs.create, joined.inputs.environment])).not.toContain(
        "SWMTKN",
      );
    }
    expect(find("join-token").additionalSecretOutputs).toContain("stdout");
  });

  test("the manager labels each node, and takes it out again", () => {
    expect(environment("worker-node-3")).toEqual({
      STACK: "prod",
      NODE: "node-at-192.168.60.23",
      NODE_NAME: "node-3",
    });
    // Destroying goes backwards: out of the Swarm on the manager, then the node itself leaves.
    expect(find("worker-node-3").dependencies).toContain(find("join-node-3").urn);
    expect(find("worker-node-3").inputs.delete).toContain("docker node rm");
  });

  test("a node is opened when it has all that servers need, and emptied before that goes", () => {
    const open = find("open-node-3");
    expect(environment("open-node-3")).toMatchObject({ NODE_NAME: "node-3", DRAIN_MINUTES: "15" });
    for (const thing of ["worker", "firewall", "storage", "notebook-pull"]) {
      expect(open.dependencies).toContain(find(`${thing}-node-3`).urn);
    }
    expect(open.inputs.create).toContain("--label-add");
    expect(open.inputs.delete).toContain("--availability pause");
    expect(find("students").dependencies).toContain(open.urn);
  });

  test("no node waits for another", () => {
    const others = (node: string) => nodes.filter((other) => other !== node);
    const steps = ["join", "worker", "storage", "firewall", "notebook-pull", "firewall-pull"];
    for (const step of [...steps, "open"]) {
      for (const node of nodes) {
        for (const other of others(node)) {
          const urns = program.resources.filter(({ name }) => name.endsWith(`-${other}`));
          expect(urns.filter(({ urn }) => waitsFor(find(`${step}-${node}`), urn))).toEqual([]);
        }
      }
    }
  });

  test("both networks are encrypted, with the packets of a cloud, and nobody joins them by hand", () => {
    for (const network of program.byType("docker:index/network:Network")) {
      expect(network).toMatchObject({
        inputs: {
          attachable: false,
          options: { encrypted: "true", "com.docker.network.driver.mtu": "1450" },
        },
        ignoreChanges: ["options"],
      });
      expect(network.inputs.labels).toContainEqual({
        label: "semesterhub.options",
        value: "com.docker.network.driver.mtu=1450 encrypted=true",
      });
    }
  });

  test("secrets and settings wait for the manager, and for no node", () => {
    const first = find("join-node-1").urn;
    for (const type of ["secret:Secret", "network:Network"]) {
      for (const resource of program.byType(`docker:index/${type}`)) {
        expect([resource.name, waitsFor(resource, first)]).toEqual([resource.name, false]);
      }
    }
  });
});

describe("placement", () => {
  test("the hub's services stay on the hub's machine, students' servers on the nodes", () => {
    for (const { name, inputs } of program.byType(service)) {
      expect([name, inputs.taskSpec]).toEqual([
        name,
        expect.objectContaining({
          // Students' code, and the sandbox that autogrades it, runs on nodes.
          placement: {
            constraints: [
              `node.labels.semesterhub.role.prod==${name === "sandbox" ? "node" : "hub"}`,
            ],
            platforms: [{ architecture: "amd64", os: "linux" }],
          },
        }),
      ]);
    }
    expect(settings().constraints).toEqual(["node.labels.semesterhub.role.prod==node"]);
  });

  test("without nodes, students' servers run on the hub's machine", async () => {
    const alone = await run(0);
    expect(settings(alone).constraints).toBeUndefined();
    expect(find("firewall", container, alone).provider).toContain("::hub-provider::");
    expect(taskSpec("hub", alone).placement).toBeDefined();
    expect(settings(alone).notebook.image).toMatch(/^semesterhub\/notebook:[0-9a-f]{12}$/);
  });

  test("a firewall on each node and none on the hub's machine", () => {
    const walls = program.byType(container).filter(({ name }) => name.startsWith("firewall"));
    expect(walls.map(({ name }) => name)).toEqual(nodes.map((node) => `firewall-${node}`));
    const students = find("students");
    for (const wall of walls) {
      expect(wall.inputs.name).toBe("semesterhub-prod-firewall");
      expect(students.dependencies).toContain(wall.urn);
    }
  });
});

describe("storage", () => {
  test("each node has an export and mounts of its own, before its students", () => {
    const students = find("students");
    for (const [index, node] of nodes.entries()) {
      expect(environment(`export-${node}`)).toEqual({
        STORAGE: "/var/lib/semesterhub/prod",
        FOLDERS: "homes groups exchange shared course sandbox",
        EXPORT: `semesterhub-prod-${node}`,
        CLIENT: `192.168.60.${21 + index}`,
      });
      const mount = find(`storage-${node}`);
      expect(mount.dependencies).toContain(find(`export-${node}`).urn);
      expect(waitsFor(students, mount.urn)).toBe(true);
    }
    // The hub's database, its keys and the table of UIDs stay at home.
    expect(find("export-node-1").inputs.create).toContain("root_squash");
  });

  test("what every machine has already is only looked for", async () => {
    const shared = await run(2, onCampus());
    expect(shared.error?.message).toBeUndefined();
    expect(shared.resources.filter(({ name }) => /-(nfs|export-.*)$/.test(name))).toEqual([]);
    expect(find("storage-node-2", command, shared).inputs.create).toContain("does not see");
  });

  test("who sets quotas may, where there is one to set", () => {
    expect(taskSpec("homes").containerSpec.capAdds).toEqual([
      "CAP_CHOWN",
      "CAP_DAC_OVERRIDE",
      "CAP_FOWNER",
      "CAP_SYS_ADMIN",
    ]);
  });
});

describe("the proxy on a machine of its own", () => {
  test("is outside the Swarm and reaches chp on the hub's machine", () => {
    const proxy = find("proxy", container);
    expect(proxy.inputs.networksAdvanced).toBeUndefined();
    expect(proxy.provider).toContain("::proxy-provider::");
    expect(find("chp", service).inputs.endpointSpec).toEqual({
      mode: "dnsrr",
      ports: [{ protocol: "tcp", publishMode: "host", targetPort: 8000, publishedPort: 8000 }],
    });
    expect(find("proxy-site", command).inputs.stdin).toContain("set $chp 192.168.60.11:8000;");
    expect(proxy.inputs.volumes).toEqual([
      {
        hostPath: "/etc/semesterhub/prod/proxy",
        containerPath: "/etc/semesterhub",
        readOnly: true,
      },
    ]);
  });

  test("is called by its address where it has no name, and so is its certificate", () => {
    expect(program.outputs.url).toBe("https://203.0.113.10");
    expect(settings().publicUrl).toBe("https://203.0.113.10");
    expect(find("proxy-request").inputs).toMatchObject({
      dnsNames: [],
      ipAddresses: ["203.0.113.10"],
      subject: { commonName: "203.0.113.10" },
    });
  });
});

test("the hub reaches the engine by TLS with a certificate of its own, and not by the socket", () => {
  const { env, groups, mounts, secrets } = taskSpec("hub").containerSpec;
  expect(env).toMatchObject({
    DOCKER_HOST: "tcp://192.168.60.11:2376",
    DOCKER_TLS_VERIFY: "1",
    DOCKER_CERT_PATH: "/run/secrets",
  });
  expect(groups).toBeUndefined();
  expect(mounts.map(({ target }) => target)).toEqual(["/srv/hub", "/run/semesterhub", "/tmp"]);
  expect(secrets.map(({ fileName }) => fileName)).toEqual(
    expect.arrayContaining(["ca.pem", "cert.pem", "key.pem"]),
  );
  expect(find("hub-client-cert").inputs.allowedUses).toContain("client_auth");
});

test("slow machines are asked less often whether their containers are well, all of them", async () => {
  const slow = await run(1, { health: { everySeconds: 60 } });
  const asked = slow.resources.flatMap(({ type, name, inputs }) => {
    const { healthcheck } = (
      type === service
        ? (inputs.taskSpec as { containerSpec: object }).containerSpec
        : type === container
          ? inputs
          : {}
    ) as { healthcheck?: { interval: string } };
    return healthcheck === undefined || name.endsWith("-acme") ? [] : [healthcheck.interval];
  });
  expect(asked).toHaveLength(12);
  // A Service's spelling and a Container's.
  expect(new Set(asked)).toEqual(new Set(["1m", "1m0s"]));
  // Pulumi's patience ends after Docker's, which it would cut short else.
  const hub = find("hub", service, slow).inputs;
  expect(hub).toMatchObject({
    convergeConfig: { timeout: "15m" },
    taskSpec: { containerSpec: { healthcheck: { startPeriod: "14m", timeout: "1m" } } },
  });
});

test("a last backup is taken when no node has students any more", () => {
  const last = find("final-backup");
  const students = find("students");
  expect(students.dependencies).toContain(last.urn);
  for (const node of nodes) {
    expect(waitsFor(students, find(`worker-${node}`).urn)).toBe(true);
  }
  expect(students.inputs.delete).toContain("docker node ps");
});

test("whether the course answers is asked last, from the hub's machine at the proxy's", () => {
  const check = find("course-check");
  expect(check.inputs.connection).toEqual(find("swarm", command).inputs.connection);
  expect(environment("course-check")).toMatchObject({ ADDRESS: "192.168.60.10", PORT: "443" });
  for (const [thing, type] of [
    ["hub", service],
    ["backup", service],
    ["proxy", container],
    ["open-node-7", command],
  ] as const) {
    expect(waitsFor(check, find(thing, type).urn)).toBe(true);
  }
});
