import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What to ask. */
export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Milliseconds until the question is given up. Default 30 000. */
  readonly timeout?: number;
}

/** A browser's worth of HTTPS: one host, its authority trusted, cookies kept, redirects not followed. */
export class Session {
  readonly cookies = new Map<string, string>();
  private readonly agent: Agent;

  constructor(
    readonly origin: string,
    readonly authority: string,
  ) {
    this.agent = new Agent({ ca: authority, keepAlive: true });
  }

  /** The Cookie header for a path; JupyterHub's cookies are told apart by their paths' names. */
  cookieHeader(path: string): string {
    const fitting = [...this.cookies].filter(([key]) => path.startsWith(key.split(" ")[1] ?? "/"));
    return fitting.map(([key, value]) => `${key.split(" ")[0] ?? ""}=${value}`).join("; ");
  }

  /** The value of a cookie that fits a path; the one with the longest path wins, as in browsers. */
  cookie(name: string, path: string): string | undefined {
    const keys = [...this.cookies.keys()]
      .filter((key) => key.startsWith(`${name} `) && path.startsWith(key.split(" ")[1] ?? "/"))
      .sort((a, b) => b.length - a.length);
    return keys[0] === undefined ? undefined : this.cookies.get(keys[0]);
  }

  async ask(
    path: string,
    { method = "GET", headers = {}, body, timeout = 30_000 }: Ask = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const url = new URL(path, this.origin);
      const outgoing = request(
        url,
        {
          method,
          agent: this.agent,
          timeout,
          headers: {
            cookie: this.cookieHeader(url.pathname),
            ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
            ...headers,
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () => {
            this.keepCookies(incoming.headers["set-cookie"] ?? []);
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text: Buffer.concat(chunks).toString("utf8"),
            });
          });
        },
      );
      outgoing.on("timeout", () =>
        outgoing.destroy(new Error(`${path}: no answer in ${timeout} ms`)),
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  /** Follows redirects, as a browser does after a click. */
  async visit(path: string, asked: Ask = {}): Promise<Answer> {
    let answer = await this.ask(path, asked);
    for (let hops = 0; hops < 10 && answer.headers.location !== undefined; hops += 1) {
      answer = await this.ask(answer.headers.location);
    }
    return answer;
  }

  private keepCookies(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
      const [name = "", ...value] = pair.split("=");
      const path = attributes.find((a) => a.toLowerCase().startsWith("path="))?.slice(5) ?? "/";
      const gone = attributes.some((a) => /^(max-age=0|expires=.*1970)/i.test(a));
      if (gone) this.cookies.delete(`${name} ${path}`);
      else this.cookies.set(`${name} ${path}`, value.join("="));
    }
  }
}
