import { randomUUID } from "node:crypto";
import WebSocket from "ws";
import type { HubUser } from "./hubUser";

/** A message of Jupyter's protocol, as far as the tests look at it. */
interface Message {
  readonly msg_type: string;
  readonly parent_header: { readonly msg_id?: string };
  readonly content: {
    readonly text?: string;
    readonly execution_state?: string;
    readonly traceback?: string[];
  };
}

/** A Python kernel in a student's server, spoken to through the websocket that JupyterLab uses. */
export class Kernel {
  private constructor(
    private readonly user: HubUser,
    private readonly id: string,
  ) {}

  static async start(user: HubUser): Promise<Kernel> {
    const answer = await user.serverApi("/kernels", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "python3" }),
    });
    if (answer.status !== 201) throw new Error(`kernel: ${answer.status} ${answer.text}`);
    return new Kernel(user, (JSON.parse(answer.text) as { id: string }).id);
  }

  /** Whether the server still has it. */
  async exists(): Promise<boolean> {
    const { status } = await this.user.serverApi(`/kernels/${this.id}`);
    if (status !== 200 && status !== 404) throw new Error(`kernels/${this.id}: ${status}`);
    return status === 200;
  }

  /** Runs code and answers with what it printed. */
  async run(code: string, seconds = 60): Promise<string> {
    const path = `/user/${this.user.name}/api/kernels/${this.id}/channels`;
    const { session } = this.user;
    const socket = new WebSocket(`${session.origin.replace("https", "wss")}${path}`, {
      ca: session.authority,
      headers: { cookie: session.cookieHeader(path), origin: session.origin },
    });
    const id = randomUUID();
    return new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.terminate();
        reject(new Error(`no end of ${code} in ${seconds} s`));
      }, seconds * 1000);
      let printed = "";
      const finish = (error?: Error): void => {
        clearTimeout(timer);
        socket.terminate();
        if (error === undefined) resolve(printed);
        else reject(error);
      };
      socket.on("error", finish);
      socket.on("open", () => {
        socket.send(
          JSON.stringify({
            header: {
              msg_id: id,
              msg_type: "execute_request",
              username: "",
              session: randomUUID(),
              version: "5.3",
            },
            parent_header: {},
            metadata: {},
            content: { code, silent: false },
            channel: "shell",
          }),
        );
      });
      socket.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString("utf8")) as Message;
        if (message.parent_header.msg_id !== id) return;
        if (message.msg_type === "stream") printed += message.content.text ?? "";
        if (message.msg_type === "error") finish(new Error(message.content.traceback?.join("\n")));
        if (message.msg_type === "status" && message.content.execution_state === "idle") finish();
      });
    });
  }
}
