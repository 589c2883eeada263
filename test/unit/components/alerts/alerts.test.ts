// Alerts: who is told, with what rights the watcher runs, and that no secret is in clear.
import { minimalConfig, runProgram, type Program } from "../../lib/harness";
import { prod } from "../../lib/prod";

const serviceType = "docker:index/service:Service";
const email = { server: "smtp.example.edu", from: "hub@example.edu", to: ["ta@example.edu"] };
const secrets = {
  email: { ...email, username: "hub", password: "password-not-to-be-shown" },
  webhook: { url: "https://chat.example.edu/url-not-to-be-shown", token: "token-not-to-be-shown" },
  heartbeat: "https://beat.example.edu/beat-not-to-be-shown",
};

const decoded = (program: Program, thing: string, type: string) => {
  const { data } = program.byName(thing, `docker:index/${type}`).inputs;
  return Buffer.from(String(data), "base64").toString();
};

test("without the section there is nothing of it", async () => {
  const { resources } = await runProgram({ config: minimalConfig });
  expect(resources.filter(({ name }) => /alert|gauge/.test(name))).toEqual([]);
});

describe("on one machine", () => {
  let program: Program;
  beforeAll(async () => {
    program = await runProgram({ config: { ...minimalConfig, alerts: secrets } });
  });

  test("one service, without a Docker socket, capabilities or anybody's files", () => {
    expect(program.error).toBeUndefined();
    const { inputs } = program.byName("alerts", serviceType);
    expect(inputs).toMatchObject({
      mode: { replicated: { replicas: 1 } },
      taskSpec: {
        containerSpec: {
          readOnly: true,
          capDrops: ["ALL"],
          mounts: [
            { source: "/var/lib/semesterhub/dev/reports", readOnly: true },
            { source: "/var/lib/semesterhub/dev/alerts", readOnly: false },
            { type: "tmpfs" },
          ],
          secrets: [{ fileName: "alerts-channels" }, { fileName: "alerts-token" }],
        },
        networksAdvanceds: [{ id: "control-id" }],
      },
    });
    expect(JSON.stringify(inputs)).not.toMatch(/capAdds|docker\.sock/);
    expect(program.resources.filter(({ name }) => name.includes("gauge"))).toEqual([]);
  });

  test("the hub gets the same token", () => {
    const { inputs } = program.byName("hub", serviceType);
    expect(JSON.stringify(inputs)).toContain('"fileName":"alerts-token"');
  });

  test("secrets are in one secret, and nowhere else", () => {
    const channels = decoded(program, "alerts-channels", "secret:Secret");
    expect(JSON.parse(channels)).toEqual({
      smtpPassword: secrets.email.password,
      webhookUrl: secrets.webhook.url,
      webhookToken: secrets.webhook.token,
      heartbeatUrl: secrets.heartbeat,
    });
    const settings = decoded(program, "alerts-settings", "serviceConfig:ServiceConfig");
    expect(settings).not.toContain("not-to-be-shown");
    expect(JSON.parse(settings)).toMatchObject({
      stack: "dev",
      url: "https://localhost:8443",
      gauge: "",
      limits: { disk_percent: 90, acme: false },
      email: { server: "smtp.example.edu", port: 587, security: "starttls", to: email.to },
    });
    const shown = program.resources
      .filter(({ type }) => !type.endsWith(":Secret"))
      .map(({ inputs }) => JSON.stringify(inputs));
    expect(shown.join("")).not.toContain("not-to-be-shown");
  });
});

test("on several machines a gauge is on each node, also on later ones", async () => {
  const program = await runProgram({ stack: "prod", config: { ...prod, alerts: { email } } });
  expect(program.error).toBeUndefined();
  const { inputs } = program.byName("gauge", serviceType);
  expect(inputs).toMatchObject({
    mode: { global: true },
    taskSpec: {
      containerSpec: {
        commands: ["semesterhub-alerts", "gauge"],
        env: { SEMESTERHUB_MACHINE: "{{.Node.Hostname}}" },
        secrets: [],
        capDrops: ["ALL"],
      },
      placement: { constraints: ["node.labels.semesterhub.role.prod==node"] },
      networksAdvanceds: [{ aliases: ["gauges"] }],
    },
  });
  // The official plugin refuses both together.
  expect(inputs).not.toHaveProperty("convergeConfig");
  const settings = decoded(program, "alerts-settings", "serviceConfig:ServiceConfig");
  expect(JSON.parse(settings)).toMatchObject({ gauge: "gauges", limits: { acme: false } });
});
