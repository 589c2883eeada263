// A cloud that answers over HTTP as a real one does: Keystone, Nova, Neutron, Cinder and Glance.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import type { CloudConfig } from "../../../scripts/lib/cloud/cloudNeeds.mjs";
import { accepted, valid, type RawSections } from "../lib/configHelp";

/** A course of seven nodes as its file says it. */
export const yaml = `config:
  semesterhub:platform: openstack
  semesterhub:student:
    memory: 1G
  semesterhub:openstack:
    cloud: campus
    image: debian-13
    flavors:
      proxy: small
      hub: large
      node: xlarge
    nodes:
      count: 7
    network:
      kind: routed
      externalNetwork: public
    adminCidrs: [198.51.100.0/24]
    dataVolumeGb: 3000
`;
/** Its configuration, with lines added at the end. */
export function settings(more = "", text = yaml): CloudConfig {
  const { config } = parseYaml(text + more) as { config: RawSections };
  const sections = Object.entries(config).map(([key, value]) => [
    key.replace("semesterhub:", ""),
    value,
  ]);
  const changes = Object.fromEntries(sections) as RawSections;
  const options = { stack: "prod", secretKeys: ["openstack", "backup"] };
  const found = accepted(valid.openstack, changes, options);
  const { platform } = found;
  if (platform.kind !== "openstack") throw new Error("no cloud");
  return { ...found, platform };
}

const clouds = (url: string) => `# mine
clouds:
  campus:
    auth:
      auth_url: ${url}/identity/v3/
      application_credential_id: "abc"
      application_credential_secret: "hidden"
    region_name: RegionOne
  office:
    auth:
      auth_url: ${url}/identity
      username: ada
      password: lovelace
      project_name: course
      user_domain_name: Default
      project_domain_name: Default
  locked:
    auth:
      auth_url: ${url}/identity
      username: ada
      password: wrong
      project_name: course
`;

/** What the cloud answers, by path without its query. */
type World = Record<string, unknown>;

/** A flavor as Nova tells it. */
const flavor = (name: string, ram: number, vcpus: number) => ({
  name,
  ram,
  vcpus,
  disk: 20,
});
/** A cloud with room for much. */
export const large: World = {
  "/compute/flavors/detail": {
    flavors: [flavor("small", 2048, 1), flavor("large", 8192, 4), flavor("xlarge", 32768, 8)],
  },
  "/network/v2.0/networks": {
    networks: [
      { id: "1", name: "public", "router:external": true },
      { id: "2", name: "campus", "router:external": false },
    ],
  },
  "/volume/v3/p1/types": { volume_types: [{ name: "ssd" }] },
  "/compute/os-availability-zone": { availabilityZoneInfo: [{ zoneName: "nova" }] },
  "/network/v2.0/floatingips": { floatingips: [] },
  "/compute/limits": {
    limits: {
      absolute: {
        maxTotalInstances: 20,
        totalInstancesUsed: 2,
        maxTotalCores: 100,
        totalCoresUsed: 4,
        maxTotalRAMSize: 400000,
        totalRAMUsed: 8192,
        maxServerGroups: -1,
        totalServerGroupsUsed: 0,
      },
    },
  },
  "/volume/v3/p1/limits": {
    limits: {
      absolute: {
        maxTotalVolumes: 10,
        totalVolumesUsed: 0,
        maxTotalVolumeGigabytes: 5000,
        totalGigabytesUsed: 0,
      },
    },
  },
  "/network/v2.0/quotas/p1/details.json": {
    quota: {
      floatingip: { limit: 5, used: 1, reserved: 0 },
      network: { limit: 10, used: 0, reserved: 0 },
      port: { limit: 100, used: 0, reserved: 0 },
    },
  },
  "/compute/servers/detail": { servers: [] },
  "/volume/v3/p1/volumes/detail": { volumes: [] },
  "/network/v2.0/ports": { ports: [] },
  "/network/v2.0/security-groups": { security_groups: [] },
};

/** What a test sees of the cloud, and may change. */
export interface FakeCloud {
  base: string;
  /** Where its clouds.yaml is. */
  folder: string;
  world: World;
  /** What Keystone was asked for. */
  asked: { identity?: { methods?: string[] }; scope?: unknown }[];
  /** Whether the credential may make no other. */
  restricted: boolean;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A cloud for the tests of one file, anew for each. */
export function fakeCloud(): FakeCloud {
  const cloud: FakeCloud = { base: "", folder: "", world: {}, asked: [], restricted: false };
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      void (async () => {
        const path = (request.url ?? "").split("?")[0] ?? "";
        const answer = (status: number, body: unknown, headers = {}) => {
          response.writeHead(status, { "Content-Type": "application/json", ...headers });
          response.end(JSON.stringify(body));
        };
        if (path === "/identity/v3/auth/tokens") {
          const { auth } = JSON.parse(await bodyOf(request)) as {
            auth: FakeCloud["asked"][number];
          };
          cloud.asked.push(auth);
          if (JSON.stringify(auth).includes("wrong")) {
            answer(401, {
              error: { message: "The request you have made requires authentication." },
            });
            return;
          }
          const endpoint = (type: string, url: string) => ({
            type,
            endpoints: ["internal", "public"].map((side) => ({
              interface: side,
              region: "RegionOne",
              url: side === "public" ? `${cloud.base}${url}` : "http://127.0.0.1:1",
            })),
          });
          const about = {
            project: { id: "p1", name: "course" },
            ...(cloud.restricted && { application_credential: { restricted: true } }),
            catalog: [
              endpoint("compute", "/compute"),
              endpoint("network", "/network"),
              endpoint("volumev3", "/volume/v3/p1"),
              endpoint("object-store", "/swift/v1/AUTH_p1"),
            ],
          };
          answer(201, { token: about }, { "X-Subject-Token": "t0ken" });
          return;
        }
        if (request.headers["x-auth-token"] !== "t0ken")
          answer(401, { error: { message: "who?" } });
        else if (path.replace("/v2.1", "") in cloud.world)
          answer(200, cloud.world[path.replace("/v2.1", "")]);
        else answer(503, { error: { message: "try later" } });
      })();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    cloud.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    cloud.folder = mkdtempSync(join(tmpdir(), "t-cloud-"));
    writeFileSync(join(cloud.folder, "clouds.yaml"), clouds(cloud.base));
  });

  afterAll(async () => {
    rmSync(cloud.folder, { recursive: true, force: true });
    await new Promise((done) => server.close(done));
  });

  beforeEach(() => {
    Object.assign(cloud, { world: { ...large }, asked: [], restricted: false });
  });
  return cloud;
}
