// @ts-check
// Building the Pulumi CLI, its language host and the providers from offline/, where the registries
// of packages are all that a machine can reach. What is built once is found again.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { run } from "../command/run.mjs";

/**
 * @typedef {object} Target
 * @property {string} title
 * @property {string} module folder of the Go module, in offline/
 * @property {string} main package to build
 * @property {string} output path in the offline tools' home
 * @property {string[]} ldflags
 * @property {string[]} sources files and folders, in offline/, that it is built from
 */

const cliPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const hostPackage = "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs";
/** Older ones cannot fetch the toolchain that go.mod names. */
const oldestGo = 21;
/** How everything is built; what is tested and vetted likewise is compiled once. */
export const buildFlags = ["-trimpath", "-tags", "osusergo,grpcnotrace"];
/** Providers in a module of their own, since their libraries want other versions than the rest. */
const modules = ["openstack"];
const heartbeatMs = 15_000;

/** Where the offline tools are: the CLI's PULUMI_HOME. @param {string} root */
export function offlineHome(root) {
  return join(root, ".semesterhub", "pulumi");
}

/** The CLI's version in offline/go.mod, without its v. @param {string} root */
export function cliVersion(root) {
  const goMod = readFileSync(join(root, "offline", "go.mod"), "utf8");
  const version = /github\.com\/pulumi\/pulumi\/pkg\/v3 v([\d.]+)/.exec(goMod)?.[1];
  if (version === undefined) throw new Error("offline/go.mod does not require pulumi/pkg/v3");
  return version;
}

/**
 * What is built from offline/.
 * @param {string} root
 * @param {import("./tools.mjs").Plugin[]} plugins
 * @returns {Target[]}
 */
export function targets(root, plugins) {
  const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
  return [
    {
      title: "Node.js language host",
      module: "languagehost",
      main: hostPackage,
      output: "bin/pulumi-language-nodejs",
      ldflags: [],
      sources: ["languagehost"],
    },
    {
      title: "Pulumi CLI (the longest: minutes)",
      module: ".",
      main: cliPackage,
      output: "bin/pulumi",
      ldflags: [`-X ${versionVariable}=v${cliVersion(root)}`],
      sources: ["go.mod", "go.sum"],
    },
    ...plugins.map(({ name, version }) => ({
      title: `${name} provider`,
      output: `plugins/resource-${name}-v${version}/pulumi-resource-${name}`,
      ldflags: [],
      ...(modules.includes(name)
        ? { module: name, main: `semesterhub/offline/${name}`, sources: [name] }
        : {
            module: ".",
            main: `./cmd/pulumi-resource-${name}`,
            sources: ["go.mod", "go.sum", "internal", name, `cmd/pulumi-resource-${name}`],
          }),
    })),
  ];
}

/**
 * A hash of everything that a target is built from.
 * @param {string} root
 * @param {Target} target
 */
export function fingerprint(root, target) {
  const offline = join(root, "offline");
  const hash = createHash("sha256");
  hash.update(JSON.stringify([target.main, target.output, target.ldflags]));
  for (const file of target.sources.flatMap((source) => filesIn(join(offline, source)))) {
    hash.update(`\0${relative(offline, file)}\0`);
    hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** @param {string} path @returns {string[]} */
function filesIn(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return path.endsWith("_test.go") ? [] : [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}

/**
 * What was built, and when get.pulumi.com was last found not to answer.
 * @typedef {{ built: Record<string, string>, unreachable?: number }} Stamp fingerprints by output
 */

/** @param {string} root */
const stampFile = (root) => join(offlineHome(root), "built.json");

/** @param {string} root @returns {Stamp} */
function readStamp(root) {
  try {
    return /** @type {Stamp} */ (parseJson(readFileSync(stampFile(root), "utf8")));
  } catch {
    // None yet, or cut off while it was written: everything is built again, from Go's cache.
    return { built: {} };
  }
}

/** @param {string} root @param {Stamp} stamp */
async function writeStamp(root, stamp) {
  const temporary = `${stampFile(root)}.${String(process.pid)}`;
  await writeFile(temporary, `${JSON.stringify(stamp, undefined, 2)}\n`);
  await rename(temporary, stampFile(root));
}

/**
 * What is missing or older than its sources.
 * @param {string} root
 * @param {Stamp} stamp
 * @param {import("./tools.mjs").Plugin[]} plugins
 */
function staleTargets(root, { built }, plugins) {
  return targets(root, plugins).filter(
    (target) =>
      built[target.output] !== fingerprint(root, target) ||
      !existsSync(join(offlineHome(root), target.output)),
  );
}

/** Whether a look for the official tools would be the first in a day. @param {Stamp} stamp */
const lookAgain = ({ unreachable = 0 }) => Date.now() - unreachable > 24 * 60 * 60 * 1000;

/**
 * Whether everything is built, and a run not long ago found the official tools out of reach.
 * @param {string} root
 * @param {import("./tools.mjs").Plugin[]} plugins
 */
export function offlineReady(root, plugins) {
  const stamp = readStamp(root);
  return !lookAgain(stamp) && staleTargets(root, stamp, plugins).length === 0;
}

/**
 * Builds what is missing or older than its sources, and nothing else.
 * @param {object} options
 * @param {string} options.root
 * @param {(line: string) => void} options.log
 * @param {import("./tools.mjs").Plugin[]} options.plugins
 * @param {boolean} options.outOfReach whether the official tools were looked for, in vain
 */
export async function buildOffline({ root, log, plugins, outOfReach }) {
  const stamp = readStamp(root);
  const stale = staleTargets(root, stamp, plugins);
  if (stale.length > 0) {
    await mkdir(offlineHome(root), { recursive: true });
    await checkGo();
    const started = Date.now();
    for (const [index, target] of stale.entries()) {
      // Hashed before the build: a file that is edited meanwhile makes the result stale.
      const hash = fingerprint(root, target);
      log(`building ${String(index + 1)}/${String(stale.length)}: ${target.title}`);
      await build(root, target, log);
      stamp.built[target.output] = hash;
      await writeStamp(root, stamp);
    }
    log(`built from offline/ in ${String(Math.round((Date.now() - started) / 1000))} s`);
  }
  if (outOfReach && (stale.length > 0 || lookAgain(stamp))) {
    await writeStamp(root, { ...stamp, unreachable: Date.now() });
  }
}

/** Says what to do where Go is missing or too old. */
async function checkGo() {
  const { code, stdout } = await run("go", ["version"]);
  const minor = Number(/go1\.(\d+)/.exec(stdout)?.[1] ?? 0);
  if (code === 0 && minor >= oldestGo) return;
  const found = code === 0 ? `is ${stdout.trim()}` : "is not installed";
  throw new Failure(
    `The Pulumi CLI cannot be downloaded here, and Go, to build it with, ${found}.`,
    {
      fix: `Install Go 1.${String(oldestGo)} or newer (it fetches the version that offline/go.mod names): on Debian 13, apt-get install golang-go; on Debian 12, apt-get install -t bookworm-backports golang-go; or https://go.dev/dl. With Pulumi itself installed, Go is not needed.`,
    },
  );
}

/**
 * @param {string} root
 * @param {Target} target
 * @param {(line: string) => void} log
 */
async function build(root, { title, module, main, output, ldflags }, log) {
  const file = join(offlineHome(root), output);
  const temporary = `${file}.${String(process.pid)}`;
  await mkdir(dirname(file), { recursive: true });
  let packages = 0;
  const started = Date.now();
  const heartbeat = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    log(`${title}: ${String(seconds)} s, ${String(packages)} packages compiled`);
  }, heartbeatMs);
  const flags = ["-s", "-w", ...ldflags].join(" ");
  const go = ["go", "build", "-v", ...buildFlags, "-ldflags", flags, "-o", temporary, main];
  try {
    // At a low priority: images are built at the same time.
    const { code, stderr } = await run("nice", ["-n", "10", ...go], {
      cwd: join(root, "offline", module),
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" },
      onLine: (line) => {
        if (/^[\w.-]+(\/[^\s:]+)*$/.test(line)) packages += 1;
      },
    });
    if (code !== 0) {
      const said = stderr.split("\n").filter((line) => /[\s:]/.test(line));
      throw new Failure(
        `Building the ${title} from offline/ failed:\n  ${said.slice(-10).join("\n  ")}`,
        { fix: "go env GOPROXY shows where Go looks for modules." },
      );
    }
    await rename(temporary, file);
  } finally {
    clearInterval(heartbeat);
    await rm(temporary, { force: true });
  }
}
