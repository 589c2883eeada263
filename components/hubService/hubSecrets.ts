import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import type { SemesterConfig } from "../../config";
import type { Certificate } from "../certificateAuthority";
import { swarmSecret } from "../lib/service";

/** The Swarm secrets of the hub and its services; they survive every update. */
export interface HubSecrets {
  /** Signs the browser's cookies. */
  readonly cookie: docker.Secret;
  /** With which the hub talks to chp's API. */
  readonly proxyToken: docker.Secret;
  /** Encrypts what the login provider told of a user, in the database. */
  readonly crypt: docker.Secret;
  /** What the login method needs to know. */
  readonly login: docker.Secret;
  readonly cullToken: docker.Secret;
  readonly operatorToken: docker.Secret;
  readonly gradingToken: docker.Secret;
  /** Where the configuration has alerts. */
  readonly alertsToken?: docker.Secret;
  /** Where the configuration has Prometheus. */
  readonly monitoringToken?: docker.Secret;
  readonly statisticsToken: docker.Secret;
  /** Makes pseudonyms of names; another one would make other pseudonyms. */
  readonly statisticsKey: docker.Secret;
  readonly chpCertificate: docker.Secret;
  readonly chpKey: docker.Secret;
  /** The password of every name of the roster, where the login method is "dummy". */
  readonly password?: pulumi.Output<string>;
}

/** Declares the secrets of the hub. */
export function hubSecrets(
  config: Pick<SemesterConfig, "stack" | "login" | "alerts" | "monitoring">,
  chp: Certificate,
  options: pulumi.CustomResourceOptions,
): HubSecrets {
  const { login } = config;
  const inState = options.parent === undefined ? {} : { parent: options.parent };
  const token = (thing: string): docker.Secret => {
    const bytes = new random.RandomBytes(thing, { length: 32 }, inState);
    return swarmSecret(config.stack, thing, bytes.hex, options);
  };
  const password =
    login.method === "dummy"
      ? (login.password ??
        new random.RandomPassword("password", { length: 12, special: false }, inState).result)
      : undefined;
  // With it the hub signs what it asks of the learning management system.
  const privateKey =
    login.method === "lti13"
      ? new tls.PrivateKey("lti-key", { algorithm: "RSA", rsaBits: 2048 }, inState).privateKeyPem
      : undefined;
  return {
    cookie: token("cookie-secret"),
    proxyToken: token("proxy-token"),
    crypt: token("crypt-key"),
    cullToken: token("cull-token"),
    operatorToken: token("operator-token"),
    gradingToken: token("grading-token"),
    ...(config.alerts && { alertsToken: token("alerts-token") }),
    ...(config.monitoring && { monitoringToken: token("monitoring-token") }),
    statisticsToken: token("statistics-token"),
    statisticsKey: token("statistics-key"),
    login: swarmSecret(
      config.stack,
      "login-secret",
      loginSecret(login, password, privateKey),
      options,
    ),
    chpCertificate: swarmSecret(config.stack, "chp-cert", chp.certificate, options),
    chpKey: swarmSecret(config.stack, "chp-key", chp.key, options),
    ...(password === undefined ? {} : { password }),
  };
}

/** The JSON that images/hub reads from /run/secrets/login-secret. */
function loginSecret(
  login: SemesterConfig["login"],
  password: pulumi.Output<string> | undefined,
  privateKey: pulumi.Output<string> | undefined,
): pulumi.Output<string> {
  switch (login.method) {
    case "dummy":
      return pulumi.jsonStringify({ password });
    case "native":
      return pulumi.jsonStringify({});
    case "workshop": {
      const { passphrase, staffPassphrase } = login;
      return pulumi.jsonStringify({ passphrase, staffPassphrase });
    }
    case "lti13":
      return pulumi.jsonStringify({ privateKey });
    case "lti":
      return pulumi.jsonStringify({ consumers: login.consumers });
    case "google":
    case "github":
    case "cilogon":
    case "globus":
    case "oidc":
      return pulumi.jsonStringify({ clientSecret: login.clientSecret });
  }
}
