import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../lib/semester";
import type { Images } from "./images";
import { loopback, memory, subnets } from "./names";
import { Side, type Hub, type Server } from "./side";

/**
 * The other side: the same hub, chp and notebook packages with a plain configuration and stock
 * SwarmSpawner, on one network.
 */
export async function startStock(
  images: Images,
  server: Server,
  { host = loopback } = {},
): Promise<Hub> {
  const side = new Side("stock", images, host);
  const network = await side.network("course", subnets.stock);
  const origin = await side.chp(network, subnets.stock, []);
  const file = "/etc/jupyterhub/jupyterhub_config.py";
  const config = readFileSync(join(root, "test/bench/tools/stock_config.py"), "utf8");
  const env = {
    NOTEBOOK_IMAGE: server.image,
    COMMAND: server.stockCommand,
    PREFIX: side.name("student"),
    NETWORK: network,
    MEMORY: String(memory.limit),
    MEMORY_RESERVED: String(memory.reserved),
  };
  await side.service(
    "hub",
    images.hub,
    [
      ...["--network", `name=${network},alias=hub`, ...side.engineSocket()],
      ...(await side.config(file, config)),
      ...(await side.secrets(10990, { "proxy-token": side.token, password: side.password })),
      ...Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ],
    ["jupyterhub", "--config", file],
  );
  return side.ready(origin);
}
