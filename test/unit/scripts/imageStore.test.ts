// A registry of images: what it is asked, and what its answers mean.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planImage, type CourseImage } from "../../../components/hubHost/images";
import { judgeImages, planImages } from "../../../scripts/lib/images/imageStore.mjs";
import { ask, type Store } from "../../../scripts/lib/images/registryClient.mjs";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-registry-"));
const login = { username: "reader", password: "not-to-be-shown" };
const basic = `Basic ${Buffer.from("reader:not-to-be-shown").toString("base64")}`;
const there = new Set(["/v2/course/hub/manifests/abc"]);
/** How the server asks who is there. */
let asks: "nobody" | "basic" | "bearer" = "nobody";
let server: Server;
let store: Store;
const seen: string[] = [];

beforeAll(async () => {
  const file = (name: string) => join(folder, name);
  execFileSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-keyout", file("key"), "-out", file("crt")],
  ]);
  const certificateAuthority = readFileSync(file("crt"), "utf8");
  server = createServer({ key: readFileSync(file("key")), cert: certificateAuthority });
  server.on("request", (request, response) => {
    const url = new URL(request.url ?? "", "https://here");
    const { authorization } = request.headers;
    seen.push(`${request.method ?? ""} ${request.url ?? ""}`);
    if (url.pathname === "/token") {
      response.statusCode = authorization === basic ? 200 : 401;
      response.end(JSON.stringify({ token: `for ${url.searchParams.get("scope") ?? ""}` }));
      return;
    }
    const wanted = { nobody: undefined, basic, bearer: "Bearer for pull" }[asks];
    if (authorization !== wanted) {
      const realm = `https://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
      response.setHeader(
        "www-authenticate",
        asks === "basic" ? 'Basic realm="x"' : `Bearer realm="${realm}",service="r",scope="pull"`,
      );
    }
    response.statusCode = authorization === wanted ? (there.has(url.pathname) ? 200 : 404) : 401;
    response.end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  store = { server: `127.0.0.1:${port}`, folder: "course", login, certificateAuthority };
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

test.each(["nobody", "basic", "bearer"] as const)("a registry that asks for %s", async (how) => {
  asks = how;
  const asking = how === "nobody" ? { ...store, login: undefined } : store;
  const { login: whom, ...rest } = asking;
  const one = whom === undefined ? rest : { ...rest, login: whom };
  expect(await ask(one, "hub", "abc")).toEqual({ is: "there" });
  expect(await ask(one, "hub", "def")).toEqual({ is: "missing" });
  expect(seen.join("\n")).not.toContain("not-to-be-shown");
});

test.each(["basic", "bearer"] as const)("a wrong password, where it asks for %s", async (how) => {
  asks = how;
  const wrong = { ...store, login: { username: "reader", password: "x" } };
  expect(await ask(wrong, "hub", "abc")).toEqual({ is: "refused", status: 401 });
});

test("a registry whose certificate nobody vouches for is not asked", async () => {
  const stranger = { server: store.server, folder: store.folder, login };
  seen.length = 0;
  expect(await ask(stranger, "hub", "abc")).toMatchObject({ is: "silent" });
  expect(seen).toEqual([]);
});

test("a registry that is not there", async () => {
  const gone = { server: "127.0.0.1:1", folder: "course" };
  const answer = await ask(gone, "hub", "abc");
  expect(answer).toMatchObject({ is: "silent" });
});

test("the images are those that the program takes, under the same tags", () => {
  const plans = planImages();
  expect(plans.map(({ image }) => image).sort()).toEqual(
    [
      "acme",
      "alerts",
      "backup",
      "chp",
      "database",
      "firewall",
      "grading",
      "homes",
      "hub",
      "monitoring",
      "notebook",
      "proxy",
    ].sort(),
  );
  for (const { image, hash } of plans) {
    expect(hash).toBe(planImage("images", image as CourseImage).hash);
  }
  const order = plans.map(({ image }) => image);
  for (const { image, from } of plans) {
    for (const base of from) expect(order.indexOf(base)).toBeLessThan(order.indexOf(image));
  }
});

describe("what the answers mean", () => {
  const place = { server: "r.example.edu", folder: "course" };
  const [plan, other] = planImages();
  if (!plan || !other) throw new Error("no images");
  const judge = (one: Parameters<typeof judgeImages>[2][number]["answer"], whom = true) =>
    judgeImages("prod", whom ? { ...place, login } : place, [
      { plan, answer: one },
      { plan: other, answer: { is: "there" } },
    ]);

  test("all there", () => {
    expect(judge({ is: "there" })).toEqual({
      how: "ok",
      text: "2 images in the registry r.example.edu/course",
    });
  });

  test("missing: which, and what makes it", () => {
    expect(judge({ is: "missing" })).toEqual({
      how: "failed",
      text: `the registry r.example.edu/course lacks ${plan.image}:${plan.hash}`,
      fix: "npm run images -- --stack prod builds what is missing and sends it there.",
    });
  });

  test("refused: whom", () => {
    expect(judge({ is: "refused", status: 403 }).text).toContain("refuses reader (HTTP 403)");
    expect(judge({ is: "refused", status: 401 }, false).text).toContain("without a user");
  });

  test("not reached from here: no reason to stop, the machines may reach it", () => {
    const finding = judge({ is: "silent", why: "no route" });
    expect(finding).toMatchObject({ how: "warning" });
    expect(finding.text).toContain("(no route)");
  });
});
