/**
 * Gives mocked resources that any change replaces a version, so that a change shows in all that refers
 * to them: a new certificate in the service that has it, as in a real `up`.
 */
import type { Inputs, Mock } from "./mocks";
import { digest } from "./facts";

/** Types of which every property replaces (and what they generate is new then). */
export const replacedByAnything: ReadonlySet<string> = new Set([
  "docker:index/secret:Secret",
  "docker:index/serviceConfig:ServiceConfig",
  "docker:index/network:Network",
  "tls:index/privateKey:PrivateKey",
  "tls:index/certRequest:CertRequest",
  "tls:index/selfSignedCert:SelfSignedCert",
  "tls:index/locallySignedCert:LocallySignedCert",
  "random:index/randomBytes:RandomBytes",
  "random:index/randomPassword:RandomPassword",
  "openstack:compute/keypair:Keypair",
  "openstack:compute/serverGroup:ServerGroup",
  "openstack:compute/volumeAttach:VolumeAttach",
  "openstack:identity/applicationCredential:ApplicationCredential",
  "openstack:networking/routerInterface:RouterInterface",
  "openstack:networking/secGroupRule:SecGroupRule",
]);

/** A mock of which every answer names the inputs that it was made from. */
export function versioned(type: string, mock: Mock): Mock {
  if (!replacedByAnything.has(type)) return mock;
  return (name: string, inputs: Inputs) => {
    const version = digest(JSON.stringify([name, inputs]));
    const { id, outputs } = mock(name, inputs);
    const marked = Object.entries(outputs).map(([output, value]) => [
      output,
      typeof value === "string" ? mark(value, version) : value,
    ]);
    return { id: `${id}-${version}`, outputs: Object.fromEntries(marked) as typeof outputs };
  };
}

/** Puts the version where a mock has constant text: an automatic name's end, a key, a password. */
function mark(text: string, version: string): string {
  return text.replace(/1a2b3c4$|AAAA/, version).replace(/^p{8,}$/, (all) => version + all.slice(8));
}
