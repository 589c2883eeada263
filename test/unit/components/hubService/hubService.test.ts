// HubHost and HubService: the images, the hub, and the services around it.
import { minimalConfig, runProgram, type Program } from "../../lib/harness";
import { content, service, serviceType, urns } from "../../lib/services";

let program: Program;
beforeAll(async () => {
  program = await runProgram({ config: minimalConfig });
});

test("nine services, and no other", () => {
  expect(
    program
      .byType(serviceType)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([
    "backup",
    "chp",
    "cull",
    "grading",
    "homes",
    "hub",
    "intake",
    "sandbox",
    "statistics",
  ]);
});

test("eight images, the proxy's made from those whose files it serves", () => {
  const images = program.byType("docker:index/image:Image");
  expect(images).toHaveLength(8);
  const tag = (thing: string) => program.byName(`${thing}-image`).inputs.imageName;
  const proxy = program.byName("proxy-image");
  expect(proxy.inputs.build).toMatchObject({
    args: { NOTEBOOK_IMAGE: tag("notebook"), HUB_IMAGE: tag("hub") },
  });
  const bases = ["notebook", "hub"].map((thing) => program.byName(`${thing}-image`).urn);
  expect(proxy.dependencies).toEqual(expect.arrayContaining(bases));
});

test("the hub is on both networks, chp's name is only on the one without students", () => {
  const control = "control-id";
  const course = "course-id";
  expect(service(program, "hub").networksAdvanceds).toEqual([
    { id: control, aliases: ["hub"] },
    { id: course, aliases: ["hub"] },
  ]);
  expect(service(program, "chp").networksAdvanceds).toEqual([
    { id: control, aliases: ["chp"] },
    { id: course, aliases: [] },
  ]);
  expect(service(program, "cull").networksAdvanceds).toEqual([{ id: control, aliases: [] }]);
  expect(service(program, "homes").networksAdvanceds).toEqual([]);
  expect(service(program, "chp").containerSpec.env).toEqual({
    SEMESTERHUB_STACK: "dev",
    CONTROL_SUBNET: "10.11.0.0/24",
    LOG_LEVEL: "warn",
  });
});

test("each service sees the secrets that it needs, and no other", () => {
  const secrets = (thing: string) =>
    service(program, thing)
      .containerSpec.secrets.map(({ fileName }) => fileName)
      .sort();
  expect(secrets("hub")).toEqual([
    "cookie-secret",
    "crypt-key",
    "cull-token",
    "grading-token",
    "login-secret",
    "operator-token",
    "proxy-token",
    "statistics-token",
  ]);
  expect(secrets("statistics")).toEqual(["statistics-key", "statistics-token"]);
  expect(secrets("chp")).toEqual(["chp-cert", "chp-key", "proxy-token"]);
  expect(secrets("cull")).toEqual(["cull-token"]);
  expect(secrets("homes")).toEqual([]);
  expect(service(program, "hub").containerSpec.secrets.map(({ fileUid }) => fileUid)).toEqual(
    Array.from({ length: 8 }, () => "10990"),
  );
});

test("only the hub and homes reach what is on the machine", () => {
  const binds = (thing: string) =>
    service(program, thing)
      .containerSpec.mounts.filter(({ type }) => type === "bind")
      .map(({ source, target }) => `${source ?? ""} ${target}`);
  expect(binds("hub")).toEqual([
    "/var/lib/semesterhub/dev/hub /srv/hub",
    "/var/lib/semesterhub/dev/run /run/semesterhub",
    "/run/engine.sock /var/run/docker.sock",
  ]);
  expect(service(program, "hub").containerSpec.groups).toEqual(["998"]);
  expect(binds("homes")).toEqual(["/var/lib/semesterhub/dev /srv/semesterhub"]);
  expect([...binds("chp"), ...binds("cull")]).toEqual([]);
});

test("only homes may change owners", () => {
  const adds = (thing: string) => service(program, thing).containerSpec.capAdds ?? [];
  expect(adds("homes")).toEqual(["CAP_CHOWN", "CAP_DAC_OVERRIDE"]);
  expect([...adds("hub"), ...adds("chp"), ...adds("cull")]).toEqual([]);
});

test("the hub comes after what it needs and goes before the students' servers", () => {
  const hub = program.byName("hub", serviceType);
  expect(hub.dependencies).toEqual(expect.arrayContaining(urns(program, "homes", "chp")));
  // Destroying goes backwards: hub, then the students' servers, then what they are on.
  const students = program.byName("students");
  const network = program.byName("course");
  expect(hub.dependencies).toContain(students.urn);
  expect(students.dependencies).toContain(network.urn);
  expect(students.inputs.delete).toBeDefined();
  expect(program.byName("cull", serviceType).dependencies).toContain(hub.urn);
});

test("the hub's settings and roster are the configuration", () => {
  expect(content(program, "hub-settings")).toMatchInlineSnapshot(
    {
      notebook: { image: expect.stringMatching(/^semesterhub\/notebook:[0-9a-f]{12}$/) as string },
    },
    `
   {
     "chpApiUrl": "http://chp:8001",
     "courseNetwork": "semesterhub-dev-course",
     "cull": {
       "busyMinutes": 1440,
       "everyMinutes": 10,
       "idleMinutes": 60,
       "kernelIdleMinutes": 30,
       "maxAgeHours": 0,
     },
     "databaseUrl": "sqlite:////srv/hub/jupyterhub.sqlite",
     "face": {
       "links": [],
       "palette": {
         "button": "#b85a00",
         "buttonText": "#ffffff",
         "onDark": "#cc8847",
         "onLight": "#a95300",
       },
       "welcome": [],
     },
     "firewall": true,
     "gradingUrl": "http://grading:8000",
     "homesUrl": "unix:///run/semesterhub/homes.sock",
     "hubUrl": "http://hub:8081",
     "keepsDatabase": false,
     "limits": {
       "cpus": 1,
       "cpusReserved": 0,
       "memoryBytes": 1073741824,
       "memoryReservedBytes": 268435456,
       "namedServers": 0,
       "pids": 512,
       "tokens": 100,
     },
     "login": {
       "method": "dummy",
     },
     "notebook": {
       "image": StringMatching /\\^semesterhub\\\\/notebook:\\[0-9a-f\\]\\{12\\}\\$/,
       "interface": "lab",
     },
     "publicUrl": "https://localhost:8443",
     "servicePrefix": "semesterhub-dev-student",
     "spawn": {
       "activeServers": 0,
       "concurrent": 64,
       "timeoutSeconds": 120,
     },
     "stack": "dev",
     "staffMayEnterServers": false,
     "statisticsUrl": "http://statistics:8000",
     "storage": {
       "course": "/var/lib/semesterhub/dev/course",
       "exchange": "/var/lib/semesterhub/dev/exchange",
       "shared": "/var/lib/semesterhub/dev/shared",
     },
     "subdomains": false,
     "title": "Data Science 101",
   }
  `,
  );
  expect(content(program, "roster")).toEqual({
    students: ["ada", "alan"],
    staff: ["teacher"],
    groups: {},
    folders: [],
  });
});

test("groups with a folder are written out, and another list of them leaves the hub as it is", async () => {
  const groups = { "project-1": ["ada"], "project-2": ["alan"], tutors: ["teacher"] };
  const { roster: people } = minimalConfig;
  const run = (folders: readonly string[]) =>
    runProgram({ config: { ...minimalConfig, roster: { ...people, groups, folders } } });
  const without = service(await run([]), "hub");
  const ran = await run(["project-*"]);
  expect(content(ran, "roster")).toMatchObject({ folders: ["project-1", "project-2"] });
  expect(service(ran, "hub")).toEqual(without);
});

test("a submission's code has a container with the queue alone: no network, secret or other folder", () => {
  const sandbox = program.byName("sandbox", serviceType).inputs.taskSpec as {
    containerSpec: {
      mounts: { target: string }[];
      secrets: unknown[];
      configs: unknown[];
      capAdds: string[];
    };
    networksAdvanceds: unknown[];
  };
  const { mounts, secrets, configs, capAdds } = sandbox.containerSpec;
  expect(mounts.map(({ target }) => target)).toEqual(["/srv/sandbox", "/tmp"]);
  expect([secrets, configs, sandbox.networksAdvanceds]).toEqual([[], [], []]);
  expect(capAdds).not.toContain("CAP_DAC_OVERRIDE");
});

test("the statistics have no engine, no capability, and of the exchange the receipts to read", () => {
  const { containerSpec, networksAdvanceds } = program.byName("statistics", serviceType).inputs
    .taskSpec as {
    containerSpec: {
      user: string;
      mounts: { target: string; readOnly: boolean }[];
      capAdds?: string[];
      groups?: string[];
    };
    networksAdvanceds: { aliases: string[] }[];
  };
  expect(containerSpec.mounts.map(({ target, readOnly }) => [target, readOnly])).toEqual([
    ["/srv/statistics", false],
    ["/srv/receipts", true],
    ["/tmp", undefined],
  ]);
  expect([containerSpec.user, containerSpec.capAdds, containerSpec.groups]).toEqual([
    "10988:10988",
    undefined,
    undefined,
  ]);
  expect(networksAdvanceds.map(({ aliases }) => aliases)).toEqual([["statistics"]]);
  expect(content(program, "statistics-settings")).toMatchObject({
    names: "names",
    keepNamesDays: 200,
    prefix: "/services/statistics/",
  });
});

test("formgrader reads what was handed in and can't change it, and is not on the students' network", () => {
  const grading = program.byName("grading", serviceType).inputs.taskSpec as {
    containerSpec: { mounts: { target: string; readOnly: boolean }[]; capAdds?: string[] };
    networksAdvanceds: { aliases: string[] }[];
  };
  const { mounts, capAdds } = grading.containerSpec;
  expect(mounts.find(({ target }) => target === "/srv/received")?.readOnly).toBe(true);
  expect(capAdds).toBeUndefined();
  expect(grading.networksAdvanceds.map(({ aliases }) => aliases)).toEqual([["grading"]]);
});
