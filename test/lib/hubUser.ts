import { Session, type Answer, type Ask } from "./http";
import { until } from "./until";

/** What the hub says of a server. */
interface ServerModel {
  readonly ready: boolean;
  readonly pending: string | null;
}

/** Somebody of the roster, at the hub's pages and API with a browser's cookies. */
export class HubUser {
  readonly session: Session;

  constructor(
    origin: string,
    authority: string,
    readonly name: string,
    private readonly password: string,
  ) {
    this.session = new Session(origin, authority);
  }

  /** Logs in by the form; answers whether the hub let the user in. */
  async logIn(): Promise<boolean> {
    await this.session.ask("/hub/login");
    const form = new URLSearchParams({
      username: this.name,
      password: this.password,
      _xsrf: this.session.cookie("_xsrf", "/hub/") ?? "",
    });
    const answer = await this.session.ask("/hub/login?next=%2Fhub%2Fhome", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString(),
    });
    return answer.status === 302;
  }

  /** Signs up, where people choose their own passwords. Who may is the hub's to say. */
  async signUp(): Promise<void> {
    await this.session.ask("/hub/signup");
    const form = new URLSearchParams({
      username: this.name,
      signup_password: this.password,
      signup_password_confirmation: this.password,
      _xsrf: this.session.cookie("_xsrf", "/hub/") ?? "",
    });
    const answer = await this.session.ask("/hub/signup", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString(),
    });
    if (answer.status !== 200) throw new Error(`sign-up of ${this.name}: ${answer.status}`);
  }

  /** A call of the hub's API as this user. */
  async api(path: string, asked: Ask = {}): Promise<Answer> {
    const xsrf = this.session.cookie("_xsrf", "/hub/") ?? "";
    return this.session.ask(`/hub/api${path}`, {
      ...asked,
      headers: {
        "x-xsrftoken": xsrf,
        referer: `${this.session.origin}/hub/home`,
        ...asked.headers,
      },
    });
  }

  async server(): Promise<ServerModel | undefined> {
    const answer = await this.api(`/users/${this.name}`);
    if (answer.status !== 200)
      throw new Error(`users/${this.name}: ${answer.status} ${answer.text}`);
    const model = JSON.parse(answer.text) as { servers?: Record<string, ServerModel> };
    return model.servers?.[""];
  }

  /** Starts the server, unless it runs, and waits until the hub says that it is ready. */
  async start(seconds = 90): Promise<void> {
    const answer = await this.api(`/users/${this.name}/server`, { method: "POST" });
    const running = answer.status === 400 && answer.text.includes("already running");
    if (![201, 202].includes(answer.status) && !running) {
      throw new Error(`start of ${this.name}: ${answer.status} ${answer.text}`);
    }
    await until(
      `${this.name}'s server`,
      async () => {
        const server = await this.server();
        if (server === undefined) throw new Error("the spawn failed");
        return server.ready ? server : undefined;
      },
      { seconds },
    );
  }

  /** Stops the server and waits until the hub knows of none. */
  async stop(seconds = 60): Promise<void> {
    const answer = await this.api(`/users/${this.name}/server`, { method: "DELETE" });
    if (![202, 204].includes(answer.status)) {
      throw new Error(`stop of ${this.name}: ${answer.status} ${answer.text}`);
    }
    await until(
      `${this.name}'s server to be gone`,
      async () => ((await this.server()) === undefined ? true : undefined),
      { seconds },
    );
  }

  /** Opens the own server's page once, which is what gives the browser a login there. */
  async enter(): Promise<Answer> {
    return this.session.visit(`/user/${this.name}/lab`);
  }

  /** A call of the own server's API, after enter(). */
  async serverApi(path: string, asked: Ask = {}): Promise<Answer> {
    const base = `/user/${this.name}/`;
    return this.session.ask(`${base}api${path}`, {
      ...asked,
      headers: { "x-xsrftoken": this.session.cookie("_xsrf", base) ?? "", ...asked.headers },
    });
  }
}
