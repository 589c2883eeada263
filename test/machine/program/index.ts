// The machines of a semester alone: what `npm run up` does first on the platform `hosts`.
import * as docker from "@pulumi/docker";
import { CertificateAuthority } from "../../../components/certificateAuthority";
import { HubHost } from "../../../components/hubHost";
import { createPlatform } from "../../../components/machines";
import { NodePool } from "../../../components/nodePool";
import { ProxyHost } from "../../../components/proxyHost";
import { loadConfig } from "../../../config";

const config = loadConfig();
const authority = new CertificateAuthority("authority", { stack: config.stack });
const platform = createPlatform(config, authority);
const { machine: proxy } = new ProxyHost("proxy", { platform });
const { machine: hub } = new HubHost("hub", { platform });
const { machines: nodes } = new NodePool("nodes", { platform });

/** What each engine answered: a volume that the operator made on it, through the forward. */
export const volumes = [proxy, hub, ...nodes].map(
  (machine) =>
    new docker.Volume(
      `proof-${machine.name}`,
      { name: `semesterhub-${config.stack}-proof` },
      { provider: machine.engine },
    ).driver,
);
