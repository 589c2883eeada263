// SwarmCluster, NfsExport, NodePool, ProxyHost, BackupJob and the authority: what is on the machine.
import { minimalConfig, runProgram, type Program, type Registration } from "../../lib/harness";

let program: Program;
let configured: Program;
beforeAll(async () => {
  program = await runProgram({ config: minimalConfig });
  configured = await runProgram({
    config: {
      ...minimalConfig,
      proxy: { domain: "hub.example.edu", port: 8444, httpPort: 8080 },
      storage: { path: "/srv/course" },
      backup: { target: "file:///srv/backups", everyMinutes: 30, keepDays: 3, keepWeeks: 4 },
      networks: {
        course: "10.20.0.0/20",
        control: "10.21.0.0/24",
        allow: ["10.1.2.3:27000", "10.1.4.0/24:80"],
        block: ["192.0.2.0/24", "198.51.100.0/25"],
      },
      student: { homeQuota: "2G", connections: 300, datagramsPerSecond: 500 },
    },
  });
});

const find = (from: Program, thing: string, type?: string): Registration =>
  from.byName(thing, type);
const env = ({ inputs }: Registration) => {
  const { taskSpec } = inputs as { taskSpec: { containerSpec: { env: object } } };
  return taskSpec.containerSpec.env;
};
const container = "docker:index/container:Container";
const service = "docker:index/service:Service";
const command = "command:local:Command";

describe("SwarmCluster", () => {
  test("two overlay networks; containers join only the one without students", () => {
    const networks = (from: Program) =>
      from.byType("docker:index/network:Network").map(({ name, inputs }) => {
        const { driver, attachable, ipamConfigs } = inputs;
        return { name, called: inputs.name, driver, attachable, ipamConfigs };
      });
    expect(networks(configured)).toEqual([
      {
        name: "course",
        called: "semesterhub-dev-course",
        driver: "overlay",
        attachable: false,
        ipamConfigs: [{ subnet: "10.20.0.0/20", gateway: "10.20.0.1" }],
      },
      {
        name: "control",
        called: "semesterhub-dev-control",
        driver: "overlay",
        attachable: true,
        ipamConfigs: [{ subnet: "10.21.0.0/24", gateway: "10.21.0.1" }],
      },
    ]);
  });

  test("the networks come after the Swarm", () => {
    const { urn } = find(program, "swarm", command);
    for (const network of program.byType("docker:index/network:Network")) {
      expect(network.dependencies).toContain(urn);
    }
  });
});

describe("NfsExport", () => {
  test("the storage tree is where the configuration says", () => {
    const storage = (from: Program) => find(from, "tree").inputs.environment;
    expect(storage(program)).toMatchObject({ STORAGE: "/var/lib/semesterhub/dev" });
    expect(storage(configured)).toMatchObject({ STORAGE: "/srv/course" });
  });

  test("a place for the files that changes is refused in every preview", () => {
    const place = (from: Program) => find(from, "files-must-not-move");
    // A changed keeper replaces it, and what is protected is not replaced.
    expect(place(program)).toMatchObject({
      type: "random:index/randomBytes:RandomBytes",
      protect: true,
      inputs: { keepers: { path: "/var/lib/semesterhub/dev", machine: "hub" } },
    });
    expect(place(configured).inputs.keepers).toEqual({ path: "/srv/course", machine: "hub" });
  });

  test("homes gets its place on the machine, and the quota in bytes", () => {
    expect(env(find(program, "homes", service))).toEqual({
      SEMESTERHUB_STACK: "dev",
      HOMES_PATH: "/var/lib/semesterhub/dev/homes",
      FIRST_UID: "20000",
    });
    expect(env(find(configured, "homes", service))).toMatchObject({
      HOMES_PATH: "/srv/course/homes",
      QUOTA_BYTES: "2147483648",
      EXCHANGE_BYTES: "42949672960",
    });
  });
});

describe("NodePool", () => {
  test("the firewall watches the engine, without a network of its own", () => {
    const { inputs } = find(configured, "firewall", container);
    expect(inputs).toMatchObject({
      networkMode: "none",
      pidMode: "host",
      readOnly: true,
    });
    expect(inputs.capabilities).toMatchObject({ drops: ["ALL"] });
    expect(inputs.privileged).toBeUndefined();
  });

  test("no student's server can be there before the firewall is", () => {
    const { urn } = find(program, "firewall", container);
    const students = find(program, "students");
    expect(students.dependencies).toContain(urn);
    expect(find(program, "hub", service).dependencies).toContain(students.urn);
  });

  test("the firewall opens what is allowed and closes what is blocked, as it reads them", () => {
    expect(find(program, "firewall", container).inputs.envs).toEqual([
      "COURSE_SUBNET=10.11.16.0/20",
      "STACK=dev",
      "CONNECTIONS=1000",
      "DATAGRAMS=2000",
    ]);
    expect(find(configured, "firewall", container).inputs.envs).toEqual([
      "COURSE_SUBNET=10.20.0.0/20",
      "STACK=dev",
      "CONNECTIONS=300",
      "DATAGRAMS=500",
      "ALLOWED=10.1.2.3/32:27000,10.1.4.0/24:80",
      "BLOCKED=192.0.2.0/24,198.51.100.0/25",
    ]);
  });
});

describe("ProxyHost", () => {
  test("publishes HTTPS, and HTTP only where it is wanted", () => {
    expect(find(program, "proxy", container).inputs.ports).toEqual([
      { internal: 8443, external: 8443, ip: "0.0.0.0" },
      { internal: 9443, external: 8443, ip: "::" },
    ]);
    expect(find(configured, "proxy", container).inputs.ports).toEqual([
      { internal: 8080, external: 8080, ip: "0.0.0.0" },
      { internal: 8443, external: 8444, ip: "0.0.0.0" },
      { internal: 9080, external: 8080, ip: "::" },
      { internal: 9443, external: 8444, ip: "::" },
    ]);
  });

  test("sees its own folder, read-only, and the network without students", () => {
    const { inputs } = find(configured, "proxy", container);
    expect(inputs).toMatchObject({
      volumes: [
        { hostPath: "/srv/course/proxy", containerPath: "/etc/semesterhub", readOnly: true },
      ],
      networksAdvanced: [{ name: "semesterhub-dev-control" }],
      wait: true,
    });
  });

  test("is not touched before its ports were looked at", () => {
    const look = find(configured, "proxy-ports", command);
    expect(look.inputs.environment).toMatchObject({
      CONTAINER: find(configured, "proxy", container).inputs.name,
      PORTS: "port=8444 httpPort=8080",
    });
    expect(find(configured, "proxy", container).dependencies).toContain(look.urn);
  });

  test("starts after its files, which a changed certificate reloads in place", () => {
    const proxy = find(program, "proxy", container);
    for (const thing of ["proxy-site", "proxy-ca", "proxy-crt", "proxy-key"]) {
      expect(proxy.dependencies).toContain(find(program, thing, command).urn);
    }
    const reload = find(program, "proxy-reload");
    expect(reload.dependencies).toContain(proxy.urn);
    expect(JSON.stringify(proxy.inputs)).not.toContain("BEGIN");
  });

  test("a file that gets another place is removed from the one that it had", () => {
    const files = configured
      .byType(command)
      .map(({ inputs }) => ({
        inputs,
        file: (inputs.environment as { FILE?: string } | undefined)?.FILE,
      }))
      .filter(({ file }) => file !== undefined);
    expect(files.length).toBeGreaterThan(1);
    for (const { inputs, file } of files) {
      // Its path replaces it, and what is replaced is undone.
      expect(inputs).toMatchObject({ triggers: [file] });
      expect(inputs.delete).toContain('rm -f "$FILE"');
    }
  });

  test("its key is a secret on standard input, readable by nginx alone", () => {
    expect(find(program, "proxy-key", command)).toMatchObject({
      secrets: ["stdin"],
      inputs: { logging: "none", environment: { MODE: "0400", OWNER: "10992:10992" } },
    });
  });

  test("says where it is", () => {
    expect(program.outputs.url).toBe("https://localhost:8443");
    expect(configured.outputs.url).toBe("https://hub.example.edu:8444");
  });
});

describe("BackupJob", () => {
  test("when, how often, how long", () => {
    expect(env(find(configured, "backup", service))).toMatchObject({
      EVERY_MINUTES: "30",
      KEEP_DAYS: "3",
      KEEP_WEEKS: "4",
    });
    expect(find(configured, "backup-folder").inputs.environment).toEqual({
      FOLDER: "/srv/backups",
    });
  });

  test("a last backup is taken after the hub has stopped, before the service goes", () => {
    const { urn } = find(program, "backup", service);
    const last = find(program, "final-backup");
    expect(last.dependencies).toContain(urn);
    expect(last.inputs.delete).toBeDefined();
    expect(find(program, "students").dependencies).toContain(last.urn);
  });

  test("it is asked whether the backups there can be opened, before the hub is made", () => {
    const check = find(program, "backup-check");
    expect(check.inputs.create).toContain("semesterhub-backup check");
    expect(check.inputs.delete).toBeUndefined();
    expect(check.dependencies).toContain(find(program, "backup", service).urn);
    const students = find(program, "students");
    expect(students.dependencies).toContain(check.urn);
    expect(find(program, "hub", service).dependencies).toContain(students.urn);
  });

  test("it is asked again when the target or a secret changes, and only then", () => {
    const asked = (from: Program) => find(from, "backup-check").inputs.environment;
    const SECRETS = "backup-passphrase-id";
    const SERVICE = "semesterhub-dev-backup";
    expect(asked(configured)).toEqual({ SERVICE, SECRETS, TARGET: "file:///srv/backups" });
  });

  test("a semester that was refused can be taken down: no last backup is waited for", () => {
    const { urn } = find(program, "backup-check");
    expect(find(program, "final-backup").dependencies).toContain(urn);
  });

  test("a destroy begins with a backup, while everything is still there", () => {
    const guard = find(program, "pre-destroy-backup");
    expect(guard.inputs.environment).toMatchObject({ KIND: "now" });
    // Ahead of it goes what refuses another form, and nothing else.
    const form = find(program, "destroy-form");
    expect(form.dependencies).toEqual([guard.urn]);
    const known = new Map(program.resources.map((resource) => [resource.urn, resource]));
    const neededBy = (urns: string[]): Set<string> => {
      const needed = new Set(urns);
      for (const urn of needed) known.get(urn)?.dependencies.forEach((next) => needed.add(next));
      return needed;
    };
    const later = neededBy([form.urn]);
    const kept = neededBy(program.resources.filter(({ protect }) => protect).map(({ urn }) => urn));
    const before = program.resources.filter(
      ({ urn, custom, type }) =>
        custom && !type.startsWith("pulumi:") && !kept.has(urn) && !later.has(urn),
    );
    expect(before.map(({ name }) => name)).toEqual([]);
  });

  test("the passphrase is an output, as a secret", () => {
    expect(program.secretOutputs).toContain("backupPassphrase");
    expect(program.outputs.backupPassphrase).toBe("p".repeat(40));
  });
});

describe("CertificateAuthority", () => {
  test("certificates carry the names that clients ask for", () => {
    const names = (from: Program, thing: string) => {
      const { dnsNames, ipAddresses } = find(from, `${thing}-request`).inputs;
      return { dnsNames, ipAddresses };
    };
    expect(names(program, "chp")).toEqual({ dnsNames: ["chp"], ipAddresses: [] });
    expect(names(program, "proxy")).toEqual({
      dnsNames: ["localhost"],
      ipAddresses: ["127.0.0.1", "::1"],
    });
    expect(names(configured, "proxy")).toEqual({ dnsNames: ["hub.example.edu"], ipAddresses: [] });
  });
});
