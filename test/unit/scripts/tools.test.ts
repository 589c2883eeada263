import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fingerprint, offlineReady, targets } from "../../../scripts/lib/pulumi/offlineBuild.mjs";
import {
  downloadUrl,
  findOnPath,
  notInstalled,
  recentEnough,
} from "../../../scripts/lib/pulumi/officialTools.mjs";
import { ensureTools, pluginVersions, providers } from "../../../scripts/lib/pulumi/tools.mjs";

let folder: string;
let bin: string;
let root: string;
const before = { path: process.env["PATH"], fetch: globalThis.fetch };
let probes: string[];

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A program on PATH that notes how it was called. */
function program(name: string, script: string): void {
  write(join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${join(folder, "calls")}\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

function calls(pattern: RegExp): string[] {
  const file = join(folder, "calls");
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((c) => pattern.test(c))
    : [];
}

/** Packages that were built. */
function builds(): string[] {
  return calls(/^go build/).map((call) => call.split(" ").at(-1) ?? "");
}

const fakeGo = `case "$1" in
version) echo "go version go1.26.8 linux/amd64";;
build) while [ "$1" != -o ]; do shift; done; echo built > "$2";;
esac`;

function officialPulumi(plugins: string[]): void {
  const listing = plugins.map((name) => ({ name, kind: "resource", version: "1.0.0" }));
  program(
    "pulumi",
    `case "$1 $2" in
version*) echo v3.260.0;;
"plugin ls") cat <<'END'\n${JSON.stringify(listing)}\nEND\n;;
*) exit 1;;
esac`,
  );
}

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "t-tools-")));
  [bin, root] = [join(folder, "bin"), join(folder, "copy")];
  const locked = providers.map((name): [string, unknown] => [
    `node_modules/@pulumi/${name}`,
    { version: "1.0.0" },
  ]);
  write(
    join(root, "package-lock.json"),
    `{"packages":${JSON.stringify(Object.fromEntries(locked))}}`,
  );
  write(join(root, "offline/go.mod"), "require (\n\tgithub.com/pulumi/pulumi/pkg/v3 v3.259.0\n)\n");
  write(join(root, "offline/languagehost/go.mod"), "module languagehost\n");
  for (const name of providers)
    write(join(root, `offline/${name}/provider.go`), `package ${name}\n`);
  program("nice", 'shift 2; exec "$@"');
  program("go", fakeGo);
  process.env["PATH"] = [bin, "/usr/bin", "/bin"].join(delimiter);
  probes = [];
  globalThis.fetch = (url) => {
    probes.push(url instanceof Request ? url.url : url.toString());
    return Promise.reject(new Error("no network"));
  };
});

afterEach(() => {
  process.env["PATH"] = before.path;
  globalThis.fetch = before.fetch;
  rmSync(folder, { recursive: true, force: true });
});

function ensure(offline = false) {
  const lines: string[] = [];
  return ensureTools({ root, log: (line) => lines.push(line), offline }).then((tools) => ({
    ...tools,
    lines,
  }));
}

const everything = 2 + providers.length;

describe("a platform's own provider", () => {
  const openstack = "plugins/resource-openstack-v3.15.2/pulumi-resource-openstack";
  beforeEach(() => {
    write(join(root, "node_modules/@pulumi/openstack/package.json"), '{"version": "v3.15.2"}');
    write(join(root, "offline/openstack/go.mod"), "module semesterhub/offline/openstack\n");
  });

  it("is built for that platform's stacks alone, from a module of its own", () => {
    const built = (platform: string) => targets(root, pluginVersions(root, platform));
    expect(built("local").some(({ output }) => output === openstack)).toBe(false);
    expect(built("hosts").some(({ output }) => output === openstack)).toBe(false);
    expect(built("openstack").find(({ output }) => output === openstack)).toMatchObject({
      module: "openstack",
      main: "semesterhub/offline/openstack",
      sources: ["openstack"],
    });
  });

  it("does not make the others stale", () => {
    const others = () =>
      targets(root, pluginVersions(root, "openstack"))
        .filter(({ output }) => output !== openstack)
        .map((target) => fingerprint(root, target));
    const before = others();
    write(join(root, "offline/openstack/provider.go"), "package changed\n");
    expect(others()).toEqual(before);
  });
});

describe("without the official tools", () => {
  it("everything is built once, then found, and get.pulumi.com is not asked again", async () => {
    const tools = await ensure();
    expect(tools.kind).toBe("offline");
    expect(tools.pulumi).toBe(join(root, ".semesterhub/pulumi/bin/pulumi"));
    expect(tools.env).toMatchObject({ PULUMI_HOME: join(root, ".semesterhub/pulumi") });
    expect(tools.env["PATH"]?.startsWith(join(root, ".semesterhub/pulumi/bin") + delimiter)).toBe(
      true,
    );
    expect(builds()).toHaveLength(everything);
    expect(
      existsSync(join(root, ".semesterhub/pulumi/plugins/resource-tls-v1.0.0/pulumi-resource-tls")),
    ).toBe(true);
    expect(probes).toHaveLength(1);
    expect(tools.lines.join("\n")).toMatch(
      /get\.pulumi\.com does not answer[^]*built from offline/,
    );
    await ensure();
    expect(builds()).toHaveLength(everything);
    expect(probes).toHaveLength(1);
  });

  it("only what has changed is built again", async () => {
    await ensure();
    appendFileSync(join(root, "offline/tls/provider.go"), "// changed\n");
    write(join(root, "offline/docker/provider_test.go"), "package docker\n");
    await ensure();
    expect(builds().slice(everything)).toEqual(["./cmd/pulumi-resource-tls"]);
  });

  it("what was removed is built again", async () => {
    await ensure();
    rmSync(join(root, ".semesterhub/pulumi/bin/pulumi-language-nodejs"));
    await ensure();
    expect(builds()).toHaveLength(everything + 1);
  });

  it("an interrupted first build goes on where it ended", async () => {
    program(
      "go",
      `case "$*" in *resource-tls) echo "tls.go:1:1: broken" >&2; exit 1;; esac\n${fakeGo}`,
    );
    await expect(ensure()).rejects.toThrow(/Building the tls provider[^]*tls\.go:1:1: broken/);
    const first = builds().length;
    program("go", fakeGo);
    await ensure();
    expect(builds().slice(first)).toEqual([
      "./cmd/pulumi-resource-tls",
      "./cmd/pulumi-resource-random",
    ]);
  });

  it("a missing or old Go is named with its fix", async () => {
    program("go", 'echo "go version go1.19.8 linux/amd64"');
    await expect(ensure()).rejects.toMatchObject({
      message: expect.stringContaining("go1.19.8") as string,
      fix: expect.stringContaining("apt-get install") as string,
    });
    rmSync(join(bin, "go"));
    process.env["PATH"] = bin;
    await expect(ensure()).rejects.toThrow("is not installed");
  });

  it("a command leaves no debug log behind, and what was logged before goes", async () => {
    const logs = join(root, ".semesterhub/pulumi/logs");
    write(join(logs, "organization+semesterhub+dev.log"), "a password");
    await ensure();
    await ensure();
    expect(() => mkdirSync(logs, { recursive: true })).toThrow("EEXIST");
  });
});

describe("with the official tools", () => {
  it("they are used when the CLI and all plugins are there, and nothing is built", async () => {
    officialPulumi(providers);
    expect(await ensure()).toMatchObject({ kind: "official", pulumi: join(bin, "pulumi") });
    expect([builds(), probes]).toEqual([[], []]);
  });

  it("they are not used when a plugin is missing and cannot be downloaded", async () => {
    officialPulumi(providers.slice(1));
    expect((await ensure()).kind).toBe("offline");
    expect(probes).toHaveLength(1);
  });

  it("they are not looked at when offline is forced", async () => {
    officialPulumi(providers);
    expect((await ensure(true)).kind).toBe("offline");
    expect([calls(/^pulumi/), probes]).toEqual([[], []]);
    expect(offlineReady(root, pluginVersions(root))).toBe(false);
  });

  it("an old CLI is not used", async () => {
    program("pulumi", "echo v3.100.0");
    expect((await ensure()).kind).toBe("offline");
  });
});

describe("parts", () => {
  it("a CLI that was built from offline/ is not taken for an official one", () => {
    const own = join(root, ".semesterhub");
    write(join(own, "pulumi/bin/pulumi"), "");
    const path = [join(own, "pulumi/bin"), bin].join(delimiter);
    expect(findOnPath("pulumi", own, path)).toBeUndefined();
    program("pulumi", "");
    expect(findOnPath("pulumi", own, path)).toBe(join(bin, "pulumi"));
  });

  it.each([
    ["v3.200.0", true],
    ["v3.259.0", true],
    ["v4.0.0", true],
    ["v3.199.9", false],
    ["v2.300.0", false],
    ["", false],
  ])("%s is recent enough: %s", (version, expected) => {
    expect(recentEnough(version)).toBe(expected);
  });

  it("a plugin of another version is missing", () => {
    const listing = JSON.stringify([
      { name: "tls", kind: "resource", version: "1.0.0" },
      { name: "random", kind: "language", version: "1.0.0" },
    ]);
    const wanted = [
      { name: "tls", version: "1.0.0" },
      { name: "tls", version: "1.0.1" },
      { name: "random", version: "1.0.0" },
    ];
    expect(notInstalled(wanted, listing)).toEqual(wanted.slice(1));
  });

  it("the download has Node's names of platform and architecture", () => {
    expect(downloadUrl("3.259.0", "linux", "x64")).toBe(
      "https://get.pulumi.com/releases/sdk/pulumi-v3.259.0-linux-x64.tar.gz",
    );
  });

  it("shared code changes every provider, a provider's own only that one", () => {
    const prints = () =>
      Object.fromEntries(
        targets(root, pluginVersions(root)).map((t) => [t.main, fingerprint(root, t)] as const),
      );
    const changed = (file: string) => {
      const old = prints();
      write(join(root, "offline", file), "package changed\n");
      return Object.entries(prints()).filter(([main, print]) => old[main] !== print).length;
    };
    expect(changed("internal/kit/kit.go")).toBe(providers.length);
    expect(changed("tls/keys.go")).toBe(1);
    expect(changed("languagehost/go.sum")).toBe(1);
    expect(changed("go.sum")).toBe(providers.length + 1);
    expect(changed("internal/kit/kit_test.go")).toBe(0);
  });
});
