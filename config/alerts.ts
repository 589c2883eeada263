/** Who is told when something is wrong, with secrets as Outputs. */
import * as pulumi from "@pulumi/pulumi";
import type { Sections } from "./schema";
import type { HostFacts } from "./hostFacts";

/** The section alerts, complete. */
export interface AlertsConfig {
  readonly email?: AlertEmail;
  readonly webhook?: {
    readonly url: pulumi.Output<string>;
    readonly token?: pulumi.Output<string>;
  };
  readonly heartbeat?: pulumi.Output<string>;
  readonly diskPercent: number;
  readonly memoryPercent: number;
  readonly fullHomesPercent: number;
  readonly slowStartSeconds: number;
  readonly gradingMinutes: number;
  readonly certificateDays: number;
}

export interface AlertEmail {
  readonly server: string;
  readonly port: number;
  readonly security: "starttls" | "tls" | "none";
  readonly username?: string;
  readonly password?: pulumi.Output<string>;
  readonly from: string;
  readonly to: readonly string[];
  /** PEM; absent: the server's certificate is of an authority that Debian trusts. */
  readonly certificateAuthority?: string;
}

/** Fills in what the schema can't. */
export function completeAlerts(
  { email, webhook, heartbeat, ...limits }: NonNullable<Sections["alerts"]>,
  around: HostFacts,
): AlertsConfig {
  return {
    ...limits,
    ...(email && { email: completeEmail(email, around) }),
    ...(webhook && {
      webhook: {
        url: pulumi.secret(webhook.url),
        ...(webhook.token !== undefined && { token: pulumi.secret(webhook.token) }),
      },
    }),
    ...(heartbeat !== undefined && { heartbeat: pulumi.secret(heartbeat) }),
  };
}

type EmailSection = NonNullable<NonNullable<Sections["alerts"]>["email"]>;

function completeEmail(
  { username, password, certificateAuthority, ...rest }: EmailSection,
  around: HostFacts,
): AlertEmail {
  return {
    ...rest,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: pulumi.secret(password) }),
    ...(certificateAuthority !== undefined && {
      certificateAuthority: around.read(certificateAuthority),
    }),
  };
}
