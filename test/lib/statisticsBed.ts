import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { courseImage } from "./images";
import { must, root } from "./semester";
import { until } from "./until";

const prefix = "/services/statistics/";
const token = "of-the-service";
const staffScope = "custom:semesterhub:staff";
const access = "access:services!service=statistics";
const user = 10988;

/** The statistics service of the hub's image, with a simulated term, behind a hub that lets anybody in. */
export interface StatisticsBed {
  readonly url: string;
  /** Who the hub says that the browser is; it is staff if the name is "teacher". */
  who: string;
  stop(): Promise<void>;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Writes a term of 220 people and two deadlines that ends now; answers its folder. */
function simulatedTerm(): string {
  const folder = mkdtempSync(join(tmpdir(), "statistics-"));
  const ends = new Date().toISOString().slice(0, 16);
  const python = process.env["SEMESTERHUB_PYTHON"] ?? "python3";
  execFileSync(python, [join(root, "test/statistics/term.py"), folder, "--ends", ends]);
  return folder;
}

function settle(folder: string, port: number): void {
  const settings = {
    title: "Data Science 101",
    timezone: "Europe/Berlin",
    prefix,
    hubApiUrl: `http://127.0.0.1:${String(port)}/hub/api`,
    names: "names",
    keepNamesDays: 200,
  };
  mkdirSync(join(folder, "secrets"));
  writeFileSync(join(folder, "statistics.json"), JSON.stringify(settings));
  writeFileSync(join(folder, "secrets", "statistics-token"), token);
  writeFileSync(join(folder, "secrets", "statistics-key"), "00".repeat(32));
  chmodSync(folder, 0o755);
  for (const name of ["", "statistics.sqlite"]) chownSync(join(folder, name), user, user);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** What a hub answers to a browser and to the service. */
function hub(who: string, asked: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(asked.url ?? "/", "http://localhost");
  const bearer = (asked.headers.authorization ?? "").split(" ").at(-1) ?? "";
  if (pathname === "/hub/api/oauth2/authorize") {
    const state = searchParams.get("state") ?? "";
    const location = `${prefix}oauth_callback?code=${who}&state=${encodeURIComponent(state)}`;
    response.writeHead(302, { location }).end();
  } else if (pathname === "/hub/api/oauth2/token") {
    let body = "";
    asked.on("data", (part: Buffer) => (body += part.toString()));
    asked.on("end", () => {
      json(response, 200, { access_token: new URLSearchParams(body).get("code") });
    });
  } else if (pathname === "/hub/api/user" && bearer !== token) {
    const scopes = bearer === "teacher" ? [access, staffScope] : [access];
    json(response, 200, { kind: "user", name: bearer, admin: false, groups: [], scopes });
  } else if (pathname === "/hub/static/favicon.ico") {
    response.writeHead(204).end();
  } else {
    json(response, 404, { message: "not here" });
  }
}

/** Starts both; the service in a container of the image that the working copy's files make. */
export async function startStatistics(term = simulatedTerm()): Promise<StatisticsBed> {
  const [front, service] = [await freePort(), await freePort()];
  settle(term, front);
  const bed = { url: `http://localhost:${String(front)}${prefix}`, who: "teacher" };
  const server = createServer((asked, response) => {
    if (!asked.url?.startsWith(prefix)) {
      hub(bed.who, asked, response);
      return;
    }
    const { method, headers, url: path } = asked;
    const onwards = request({ port: service, method, headers, path }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onwards.on("error", () => response.writeHead(502).end());
    asked.pipe(onwards);
  });
  await new Promise<void>((resolve) => server.listen(front, "0.0.0.0", resolve));
  const variables = Object.entries({
    STATISTICS_PORT: String(service),
    STATISTICS_DATA: "/term",
    STATISTICS_DEADLINES: "/term/deadlines.json",
    SEMESTERHUB_SETTINGS: "/term",
    SEMESTERHUB_SECRETS: "/term/secrets",
  }).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const hardened = ["--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp", "--network", "host"];
  const run = ["run", "--detach", "--rm", ...hardened, "--user", `${String(user)}:${String(user)}`];
  const image = await courseImage("hub");
  const { stdout: container } = await must("docker", [
    ...[...run, ...variables, "--volume", `${term}:/term`, image],
    "semesterhub-statistics",
  ]);
  await until("the statistics service", async () => {
    const answer = await fetch(`http://127.0.0.1:${String(service)}${prefix}health`);
    return answer.ok ? true : undefined;
  });
  return Object.assign(bed, {
    stop: async () => {
      await must("docker", ["rm", "--force", container.trim()]);
      server.closeAllConnections();
      server.close();
    },
  });
}
