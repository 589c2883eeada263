// Prometheus: what it may do, who reaches it, and that there is nothing of it where nobody asked.
import { violations } from "../../../../policy/rules";
import { minimalConfig, runProgram, type Program } from "../../lib/harness";
import { prod } from "../../lib/prod";

const serviceType = "docker:index/service:Service";
const alerts = {
  email: { server: "smtp.example.edu", from: "hub@example.edu", to: ["ta@example.edu"] },
};
const monitoring = { prometheus: true, keepDays: 30 };

/** Secrets of a service as "name of the secret → file". */
const secretsOf = (program: Program, name: string) => {
  const { inputs } = program.byName(name, serviceType);
  const { containerSpec } = inputs.taskSpec as {
    containerSpec: { secrets: { secretName: string; fileName: string; fileUid: string }[] };
  };
  return containerSpec.secrets.filter(({ fileName }) => fileName === "monitoring-token");
};

test("without it there is nothing of it, though there are alerts", async () => {
  const { resources } = await runProgram({ config: { ...minimalConfig, alerts } });
  expect(resources.filter(({ name }) => name.includes("monitoring"))).toEqual([]);
  expect(JSON.stringify(resources.map(({ inputs }) => inputs))).not.toMatch(
    /METRICS|"aliases":\["alerts"\]/,
  );
});

describe("on one machine", () => {
  let program: Program;
  beforeAll(async () => {
    program = await runProgram({ config: { ...minimalConfig, alerts, monitoring } });
  });

  test("one service without rights, that publishes nothing and is on no students' network", () => {
    expect(program.error).toBeUndefined();
    const { inputs } = program.byName("monitoring", serviceType);
    expect(inputs).toMatchObject({
      name: "semesterhub-dev-monitoring",
      mode: { replicated: { replicas: 1 } },
      taskSpec: {
        containerSpec: {
          env: { KEEP_DAYS: "30", KEEP_GIGABYTES: "5" },
          readOnly: true,
          capDrops: ["ALL"],
          mounts: [
            { source: "/var/lib/semesterhub/dev/monitoring", target: "/srv/monitoring" },
            { type: "tmpfs" },
          ],
          configs: [],
        },
        networksAdvanceds: [{ id: "control-id", aliases: [] }],
        resources: { limits: { memoryBytes: 768 * 1024 ** 2 } },
      },
    });
    expect(JSON.stringify(inputs)).not.toMatch(/capAdds|docker\.sock|publishedPort/);
  });

  test("hub, alerts and it have one token, each as its own user", () => {
    const [hub, watcher, recorder] = ["hub", "alerts", "monitoring"].map((name) =>
      secretsOf(program, name),
    );
    expect([hub, watcher, recorder].map((list) => list?.map(({ fileUid }) => fileUid))).toEqual([
      ["10990"],
      ["10997"],
      ["10986"],
    ]);
    const names = [hub, watcher, recorder].flatMap((list) => list?.map((it) => it.secretName));
    expect(new Set(names).size).toBe(1);
  });

  test("it finds the alerts by name, and chp shows its metrics", () => {
    expect(program.byName("alerts", serviceType).inputs).toMatchObject({
      taskSpec: { networksAdvanceds: [{ id: "control-id", aliases: ["alerts"] }] },
    });
    expect(program.byName("chp", serviceType).inputs).toMatchObject({
      taskSpec: { containerSpec: { env: { METRICS: "1" } } },
    });
  });

  test("the course keeps every rule of the policy pack with it", () => {
    expect(program.resources.map(({ name }) => name)).toContain("monitoring-records");
    expect(violations(program.resources)).toEqual([]);
  });
});

test("where the files are elsewhere its records are on the hub's own disk", async () => {
  const apart = {
    ...prod,
    ...{ alerts, monitoring },
    openstack: { ...prod.openstack, flavors: { ...prod.openstack.flavors, storage: "m" } },
  };
  const program = await runProgram({ stack: "prod", config: apart });
  expect(program.error).toBeUndefined();
  const { inputs } = program.byName("monitoring", serviceType);
  expect(inputs).toMatchObject({
    taskSpec: {
      containerSpec: { mounts: [{ source: "/var/lib/semesterhub-monitoring/prod" }, {}] },
      placement: { constraints: ["node.labels.semesterhub.role.prod==hub"] },
    },
  });
});
