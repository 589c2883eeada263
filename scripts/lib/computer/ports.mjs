// @ts-check
// Who holds the ports that a course answers on.
import { join } from "node:path";
import { prefixOf, root } from "../command/paths.mjs";
import { run } from "../command/run.mjs";
import { Engine } from "../docker/engine.mjs";
import { judgePort } from "./capacity.mjs";

/** The program's own look at them: it knows which are its proxy's, also while that one starts. */
const script = join(root, "components", "shell", "proxy", "proxy-ports.sh");

/** What listens for Docker, also while it starts a container. */
const dockers = /^(docker|rootless)/;

/**
 * @param {string} stack
 * @param {Pick<import("../../../config/types.js").SemesterConfig["proxy"], "port" | "httpPort">} proxy
 * @returns {Promise<import("./capacity.mjs").Finding[]>}
 */
export async function portFindings(stack, { port: httpsPort, httpPort }) {
  const own = `${prefixOf(stack)}-proxy`;
  const engine = new Engine("this computer");
  const wanted = [
    { port: httpsPort, key: "port" },
    ...(httpPort === undefined ? [] : [{ port: httpPort, key: "httpPort" }]),
  ];
  return Promise.all(
    wanted.map(async ({ port, key }) => {
      const env = { ...process.env, CONTAINER: own, PORTS: `${key}=${port}` };
      const unused = (await run("sh", [script], { env })).code === 0;
      const published = await engine.containers({ publish: [String(port)] }).catch(() => []);
      const container = published[0]?.Names[0]?.slice(1);
      const holder = await listener(port);
      // The port of a proxy that is stopped can be another program's by now.
      const free = unused && (holder === undefined || dockers.test(holder));
      return judgePort({ port, key, free, container, own, process: holder });
    }),
  );
}

/** Who listens on a port, where ss is there to say it. @param {number} port */
async function listener(port) {
  const { stdout } = await run("ss", ["-Hltnp", `sport = :${String(port)}`], { seconds: 5 });
  const found = /users:\(\("([^"]+)",pid=(\d+)/.exec(stdout);
  return found === null ? undefined : `${found[1] ?? ""} (process ${found[2] ?? ""})`;
}
