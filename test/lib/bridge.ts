import { BlockList } from "node:net";
import { networkInterfaces } from "node:os";
import { must } from "./semester";

/**
 * The address at which containers of the engine's default network reach this computer. An engine
 * tells the network's gateway only from its second start on, so the address is looked up among the
 * computer's own.
 */
export async function bridgeAddress(): Promise<string> {
  const format = "{{(index .IPAM.Config 0).Subnet}}";
  const subnet = (
    await must("docker", ["network", "inspect", "bridge", "--format", format])
  ).stdout.trim();
  const [network = "", bits = ""] = subnet.split("/");
  const inside = new BlockList();
  inside.addSubnet(network, Number(bits));
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ address, family }) => family === "IPv4" && inside.check(address));
  if (own === undefined) throw new Error(`this computer has no address in ${subnet}`);
  return own.address;
}
