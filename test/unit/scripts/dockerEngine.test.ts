// How commands speak to the engine of a machine: with the operator's certificate, which is root there.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { isMissing, reasonOf, Engine } from "../../../scripts/lib/docker/engine.mjs";

let server: Server;
let engine: Engine;
let stranger: Engine;
const before = readdirSync(tmpdir());

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = spawnSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-subj", "/CN=engine", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-keyout", key, "-out", cert],
  ]);
  expect(made.status).toBe(0);
  const own = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  rmSync(folder, { recursive: true });
  server = createServer({ ...own, ca: own.cert, requestCert: true }, (request, response) => {
    const path = request.url ?? "";
    response.writeHead(path.includes("/containers/json") ? 200 : 404, {
      "content-type": "application/json",
    });
    response.end(path.includes("/containers/json") ? '[{"Id":"abc"}]' : '{"message":"none"}');
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const remote = { role: "hub" as const, machine: "hub", host: "127.0.0.1", port, urn: "urn:x" };
  engine = new Engine("hub", remote, { ca: own.cert, ...own });
  stranger = new Engine("hub", remote, { ca: own.cert, cert: "", key: "" });
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

test("the key is used from memory: nothing of it is on the disk", async () => {
  expect(await engine.containersOf("semesterhub-s1-hub")).toEqual(["abc"]);
  const made = readdirSync(tmpdir()).filter((name) => !before.includes(name));
  expect(made.filter((name) => name.startsWith("engine"))).toEqual([]);
  const working = existsSync(".semesterhub") ? readdirSync(".semesterhub") : [];
  expect(working.filter((name) => name.startsWith("engines"))).toEqual([]);
});

test("who has no certificate gets one message that names the machine", async () => {
  await expect(stranger.containersOf("semesterhub-s1-hub")).rejects.toThrow(
    /^Listing containers on hub failed: /,
  );
});

test("what Docker answers is told in its words", async () => {
  const error: unknown = await engine.docker
    .getService("x")
    .inspect()
    .catch((e: unknown) => e);
  expect(isMissing(error)).toBe(true);
  expect(reasonOf(error)).toBe("none");
});
