// The checks of a cloud: against a Keystone, Nova, Neutron, Cinder and Glance that answer as real
// ones do, over HTTP.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lookAtCloud } from "../../../scripts/lib/cloud/cloudFacts.mjs";
import { judgeNames } from "../../../scripts/lib/cloud/cloudNames.mjs";
import { judgeQuotas } from "../../../scripts/lib/cloud/cloudNeeds.mjs";
import { findingsOf } from "../../../scripts/lib/cloud/cloudPreflight.mjs";
import { findCredentials } from "../../../scripts/lib/cloud/openstackCredentials.mjs";
import { fakeCloud, large, settings, yaml } from "./fakeCloud";

const fake = fakeCloud();
const env = () => ({ OS_CLIENT_CONFIG_FILE: join(fake.folder, "clouds.yaml") });
const credentials = (cloud: string | undefined, region?: string, variables = {}) =>
  findCredentials({ cloud, region }, { ...env(), ...variables }, fake.folder);

async function findings(wanted = settings()) {
  const { cloud, region } = wanted.platform;
  const { facts, silent } = await lookAtCloud(credentials(cloud, region), wanted.stack);
  return findingsOf(wanted, facts, silent);
}

const wrong = async (wanted = settings()) =>
  (await findings(wanted)).filter(({ how }) => how === "failed");

describe("who the operator is", () => {
  test.each([
    ["'it''s'", "it's"],
    [String.raw`"a\"b\u00fc"`, 'a"b\u00fc'],
    [">-\n        two\n        words", "two words"],
    ["|-\n        a: b # c", "a: b # c"],
    ["0123", "0123"],
    ["*secret", "anchored"],
    ["a#b:c", "a#b:c"],
    ["x # said why", "x"],
    ["true", "true"],
  ])("a password that is written %s", (written, password) => {
    const folder = mkdtempSync(join(tmpdir(), "semesterhub-clouds-"));
    const text = `x: &secret anchored
clouds:
  campus: {auth: {
      auth_url: "https://cloud:5000"}}
  other:
    auth:
      auth_url: https://cloud:5000
      username: ada
      password: ${written}
`;
    writeFileSync(join(folder, "clouds.yaml"), text);
    const found = findCredentials({ cloud: "other", region: undefined }, {}, folder);
    expect(found.identity).toMatchObject({ password: { user: { name: "ada", password } } });
    writeFileSync(join(folder, "clouds.yaml"), 'clouds:\n  other: "x\n');
    expect(() => findCredentials({ cloud: "other", region: undefined }, {}, folder)).toThrow(
      /clouds\.yaml is not YAML: .*quote/,
    );
    rmSync(folder, { recursive: true });
  });

  test("an application credential", async () => {
    await lookAtCloud(credentials("campus"), "prod");
    expect(fake.asked).toEqual([
      {
        identity: {
          methods: ["application_credential"],
          application_credential: { id: "abc", secret: "hidden" },
        },
      },
    ]);
  });

  test("a user with a password, of a project", async () => {
    await lookAtCloud(credentials("office"), "prod");
    expect(fake.asked).toEqual([
      {
        identity: {
          methods: ["password"],
          password: { user: { name: "ada", domain: { name: "Default" }, password: "lovelace" } },
        },
        scope: { project: { name: "course", domain: { name: "Default" } } },
      },
    ]);
  });

  test("variables, where no cloud is named", () => {
    const variables = {
      OS_AUTH_URL: "https://cloud.example.edu:5000",
      OS_APPLICATION_CREDENTIAL_ID: "abc",
      OS_APPLICATION_CREDENTIAL_SECRET: "hidden",
      OS_REGION_NAME: "R",
    };
    const found = findCredentials({ cloud: undefined, region: undefined }, variables, fake.folder);
    expect(found).toMatchObject({ authUrl: "https://cloud.example.edu:5000/v3", region: "R" });
    const none = () => findCredentials({ cloud: undefined, region: undefined }, {}, fake.folder);
    expect(none).toThrow("No cloud is named");
  });

  test("OS_CLOUD names one, the configuration names it before that", () => {
    expect(credentials(undefined, undefined, { OS_CLOUD: "office" }).identity).toHaveProperty(
      "password",
    );
    expect(credentials("campus", undefined, { OS_CLOUD: "office" }).identity).toHaveProperty(
      "application_credential",
    );
  });

  test("a cloud that is not in the file is said with those that are", () => {
    expect(() => credentials("campsu")).toThrow(
      /has no cloud called campsu; it has campus, office, locked/,
    );
  });

  test("a wrong password is said as such, without it", async () => {
    const login = lookAtCloud(credentials("locked"), "prod");
    await expect(login).rejects.toThrow("does not let you in");
    await expect(login).rejects.not.toThrow("wrong");
  });

  test("a cloud that does not answer is said with its address", async () => {
    const nowhere = { ...credentials("campus"), authUrl: "http://127.0.0.1:1/v3" };
    await expect(lookAtCloud(nowhere, "prod")).rejects.toThrow(
      "The cloud does not answer at http://127.0.0.1:1/v3/auth/tokens",
    );
  });
});

describe("a cloud with everything", () => {
  test("says what there is room for, and for how many students", async () => {
    expect(await findings()).toEqual([
      {
        how: "ok",
        text: "quota: room for 9 instances, 61 cores, 234 GB of memory and 3000 GB of volumes more",
      },
      {
        how: "ok",
        text: "217 students at once at 1 GB each: 7 nodes of 32 GB, 31 on each; 56 of them can compute with 1 CPU each",
      },
    ]);
  });

  test("what the stack has already is not asked for again", async () => {
    fake.world["/compute/servers/detail"] = {
      servers: ["proxy", "hub", "node-1", "node-2"].map((machine) => ({
        name: `semesterhub-prod-cloud-${machine}`,
      })),
    };
    fake.world["/volume/v3/p1/volumes/detail"] = {
      volumes: [{ name: "semesterhub-prod-cloud-data-volume", size: 2500 }],
    };
    const [quota] = await findings();
    expect(quota?.text).toBe(
      "quota: room for 5 instances, 40 cores, 160 GB of memory and 500 GB of volumes more",
    );
  });

  test("the data volume that an ended semester left is known by its ID", async () => {
    fake.world["/volume/v3/p1/volumes/detail"] = {
      volumes: [{ id: "0f5e", name: "semesterhub-prod-cloud-data-volume", size: 2500 }],
    };
    const { facts } = await lookAtCloud(credentials("campus"), "prod");
    expect(facts.existing).toMatchObject({ volume: { id: "0f5e", gigabytes: 2500 } });
  });

  test("a service that does not answer is a warning, and the others are still judged", async () => {
    delete fake.world["/volume/v3/p1/limits"];
    const found = await findings(settings("    availabilityZone: zone-b\n"));
    expect(found.filter(({ how }) => how === "warning").map(({ text }) => text)).toEqual([
      `a part could not be checked: ${fake.base}/volume/v3/p1/limits answered 503: try later`,
    ]);
    expect(found.filter(({ how }) => how === "failed")).toHaveLength(1);
  });
});

describe("what is missing is said all at once, with how much", () => {
  test("quotas", async () => {
    const { limits } = large["/compute/limits"] as { limits: { absolute: object } };
    fake.world["/compute/limits"] = {
      limits: {
        absolute: {
          ...limits.absolute,
          maxTotalInstances: 5,
          maxTotalCores: 20,
          maxTotalRAMSize: 100000,
        },
      },
    };
    fake.world["/volume/v3/p1/limits"] = {
      limits: { absolute: { maxTotalVolumeGigabytes: 1000, totalGigabytesUsed: 200 } },
    };
    fake.world["/network/v2.0/quotas/p1/details.json"] = {
      quota: { floatingip: { limit: 1, used: 1, reserved: 0 }, port: { limit: -1, used: 9 } },
    };
    const [quota, ...others] = await wrong();
    expect(others).toEqual([]);
    expect(quota?.text).toBe(
      "the project's quota lacks 6 more instances (9 needed, 3 of 5 free), " +
        "45 more cores (61 needed, 16 of 20 free), " +
        "147808 more MB of memory (239616 needed, 91808 of 100000 free), " +
        "2200 more GB of volumes (3000 needed, 800 of 1000 free) and " +
        "1 more floating IPs (1 needed, 0 of 1 free)",
    );
  });

  test("names, each with what there is", async () => {
    const found = await wrong(settings("    dataVolumeType: fast\n    availabilityZone: zone-b\n"));
    expect(found.map(({ text: said, fix }) => [said, fix])).toEqual([
      [
        "the cloud has no volume type fast",
        "Change semesterhub:openstack dataVolumeType. It has ssd.",
      ],
      [
        "the cloud has no availability zone zone-b",
        "Change semesterhub:openstack availabilityZone. It has nova.",
      ],
    ]);
  });

  test("a region that is not there", async () => {
    const found = await wrong(settings("    region: RegionTwo\n"));
    expect(found.map(({ text }) => text)).toEqual([
      "the cloud has no region RegionTwo; it has RegionOne",
    ]);
  });

  test("a floating IP that is not the project's, or is taken", async () => {
    const text = yaml.replace("kind: routed", "kind: routed\n      floatingIp: 203.0.113.20");
    expect((await wrong(settings("", text)))[0]?.text).toContain("no floating IP 203.0.113.20");
    fake.world["/network/v2.0/floatingips"] = {
      floatingips: [{ floating_ip_address: "203.0.113.20", port_id: "x" }],
    };
    expect((await wrong(settings("", text)))[0]?.text).toContain("leads to another machine");
    fake.world["/compute/servers/detail"] = { servers: [{ name: "semesterhub-prod-cloud-proxy" }] };
    expect(await wrong(settings("", text))).toEqual([]);
  });

  test("a VM that is in error", async () => {
    const name = "semesterhub-prod-cloud-hub";
    fake.world["/compute/servers/detail"] = { servers: [{ name, status: "ERROR" }] };
    expect(await findings()).toContainEqual(
      expect.objectContaining({
        how: "warning",
        text: `the cloud says that the VM ${name} is in ERROR`,
        fix: expect.stringContaining("generations") as unknown,
      }),
    );
  });

  test("a volume that would have to shrink", async () => {
    fake.world["/volume/v3/p1/volumes/detail"] = {
      volumes: [{ name: "semesterhub-prod-cloud-data-volume", size: 4000 }],
    };
    const [found, ...others] = await wrong();
    expect(others).toEqual([]);
    expect(found?.text).toBe("the data volume has 4000 GB, and a volume never shrinks to 3000 GB");
  });

  test("a credential that may not make the one for the backups", async () => {
    fake.restricted = true;
    expect((await wrong())[0]?.text).toContain("your credential is a restricted one");
    expect(
      await wrong(settings("    backupCredential:\n      id: abc\n      secret: hidden\n")),
    ).toEqual([]);
    expect(
      await wrong(
        settings(
          "  semesterhub:backup:\n    target: s3://s3.example.edu/bucket\n    s3: { accessKeyId: A, secretAccessKey: B }\n",
        ),
      ),
    ).toEqual([]);
  });
});

test("what could not be asked is not judged", () => {
  const facts = {
    limits: {},
    existing: { servers: [], ports: 0 },
    objectStore: true,
  } as never;
  expect(judgeNames(settings(), facts)).toEqual([]);
  expect(judgeQuotas(settings(), facts).how).toBe("ok");
});
