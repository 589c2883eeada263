import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { mkdtempSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { marker } from "../../../scripts/plan/comment";

interface Comment {
  id: number;
  body: string;
}

/** The parts of GitHub's and GitLab's API that the poster uses, with one pull request, number 7. */
class Forge {
  readonly comments: Comment[] = [{ id: 1, body: "Looks good to me" }];
  readonly log: string[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request).then((answer) => {
        response.writeHead(answer === undefined ? 404 : 200);
        response.end(JSON.stringify(answer ?? { message: "Not Found" }));
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
  }

  private async answer(request: IncomingMessage): Promise<unknown> {
    const { method = "", url = "" } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { body } = (text === "" ? {} : JSON.parse(text)) as { body?: string };
    const path = url.split("?")[0] ?? "";
    this.log.push(`${method} ${path}`);
    if (path === "/repos/edu/course/pulls") return [{ number: 7, head: { sha: "abc" } }];
    const isList = /\/(issues\/7\/comments|merge_requests\/7\/notes)$/.test(path);
    if (isList && method === "GET") return this.comments;
    if (isList && method === "POST") {
      this.comments.push({ id: this.comments.length + 1, body: body ?? "" });
      return this.comments.at(-1);
    }
    const known = this.comments.find(({ id }) => path.endsWith(`/${id}`));
    if (!known || !["PATCH", "PUT"].includes(method)) return undefined;
    known.body = body ?? "";
    return known;
  }
}

let forge: Forge;
let address: string;
beforeEach(async () => {
  forge = new Forge();
  address = await forge.listen();
});
afterEach(() => {
  forge.close();
});

/** Runs the poster as a job does. */
function post(service: string, text: string, environment: Readonly<Record<string, string>> = {}) {
  const file = join(mkdtempSync(join(tmpdir(), "semesterhub-post-")), "comment.md");
  writeFileSync(file, text);
  const child = spawn(process.execPath, ["scripts/plan/post.mjs", service, file], {
    env: {
      PATH: process.env["PATH"],
      GITHUB_API_URL: address,
      GITHUB_REPOSITORY: "edu/course",
      GITHUB_TOKEN: "token",
      HEAD_SHA: "abc",
      HEAD_OWNER: "student",
      HEAD_BRANCH: "patch-1",
      CI_API_V4_URL: address,
      CI_PROJECT_ID: "5",
      CI_MERGE_REQUEST_IID: "7",
      COMMENT_TOKEN: "token",
      ...environment,
    },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise<{ code: number | null; output: string }>((done) => {
    child.on("close", (code) => {
      done({ code, output });
    });
  });
}

test.each(["github", "gitlab"])(
  "%s: one comment, posted first and edited after",
  async (service) => {
    expect(await post(service, `${marker}\none`)).toMatchObject({ code: 0 });
    expect(await post(service, `${marker}\ntwo`)).toMatchObject({ code: 0 });
    expect(forge.comments.map(({ body }) => body)).toEqual(["Looks good to me", `${marker}\ntwo`]);
  },
);

test("what a fork wrote calls nobody by name", async () => {
  await post("github", `${marker}\n@everybody look`);
  expect(forge.comments.at(-1)?.body).toBe(`${marker}\n@\u200beverybody look`);
});

test.each([
  ["a text that is no comment of ours", "hello", "is no comment of npm run plan"],
  ["one that is too long", `${marker}${"x".repeat(70_000)}`, "longer than a comment may be"],
])("%s is not posted", async (_, text, message) => {
  const { code, output } = await post("github", text);
  expect(code).not.toBe(0);
  expect(output).toContain(message);
  expect(forge.log).toEqual([]);
});

test("a pull request that has another commit by now gets no comment", async () => {
  const { code, output } = await post("github", `${marker}\n`, { HEAD_SHA: "old" });
  expect({ code, posts: forge.log.filter((line) => line.startsWith("POST")) }).toEqual({
    code: 0,
    posts: [],
  });
  expect(output).toContain("nothing posted");
});
