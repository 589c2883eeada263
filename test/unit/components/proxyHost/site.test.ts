// Behind a balancer of the campus, browsers see another port than the proxy's.
import { minimalConfig, runProgram, type Program } from "../../lib/harness";

let program: Program;
beforeAll(async () => {
  program = await runProgram({
    config: {
      ...minimalConfig,
      proxy: { domain: "hub.example.edu", port: 8443, publicPort: 443, httpPort: 8080 },
    },
  });
});

const text = (thing: string, type: string) => JSON.stringify(program.byName(thing, type).inputs);

test("the hub's links and login callbacks lead to the public port", () => {
  const { inputs } = program.byName("hub-settings", "docker:index/serviceConfig:ServiceConfig");
  const { data } = inputs as unknown as { data: string };
  const settings = JSON.parse(Buffer.from(data, "base64").toString("utf8")) as object;
  expect(settings).toMatchObject({ publicUrl: "https://hub.example.edu" });
});

test("people's servers have names below the domain", async () => {
  const named = await runProgram({
    config: { ...minimalConfig, proxy: { subdomains: true, domain: "hub.example.edu" } },
  });
  const settings = named.byName("hub-settings", "docker:index/serviceConfig:ServiceConfig").inputs;
  const { data } = settings as unknown as { data: string };
  expect(Buffer.from(data, "base64").toString("utf8")).toContain('"subdomains": true');
  const chp = JSON.stringify(named.byName("chp", "docker:index/service:Service").inputs);
  expect(chp).toContain('"HOST_ROUTING":"1"');
  expect(JSON.stringify(named.byName("proxy-site", "command:local:Command").inputs)).toContain(
    "*.hub.example.edu",
  );
  const certified = named
    .byType("tls:index/certRequest:CertRequest")
    .flatMap(({ inputs }) => (inputs.dnsNames ?? []) as string[]);
  expect(certified).toContain("*.hub.example.edu");
});

test("redirects lead to the public port, the proxy listens on its own", () => {
  const site = text("proxy-site", "command:local:Command");
  expect(site).toContain("https://hub.example.edu$request_uri");
  expect(site).not.toContain("hub.example.edu:8443");
  expect(text("proxy", "docker:index/container:Container")).toContain('"external":8443');
});
