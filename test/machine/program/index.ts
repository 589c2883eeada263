// The machines of a semester alone: what `npm run up` does first on the platform `hosts`.
import * as docker from "@pulumi/docker";
import { CertificateAuthority } from "../../../components/certificateAuthority";
import { createMachines } from "../../../components/machines";
import { loadConfig } from "../../../config";

const config = loadConfig();
const name = `semesterhub-${config.stack}`;
const authority = new CertificateAuthority(name);
const { proxy, hub, nodes } = createMachines(name, config, authority);

/** What each engine answered: a volume that the operator made on it, through the forward. */
export const volumes = [proxy, hub, ...nodes].map(
  (machine) =>
    new docker.Volume(
      `${name}-proof-${machine.name}`,
      { name: `${name}-proof` },
      { provider: machine.engine },
    ).driver,
);
