import * as pulumi from "@pulumi/pulumi";
import type { AlertsConfig } from "../../config";
import { inContainers } from "../../config/ports";

/** Where the alerts find the rest of the stack. */
export interface AlertsSurroundings {
  readonly stack: string;
  readonly title: string;
  readonly publicUrl: string;
  /** PEM of the stack's own authority. */
  readonly authority: string;
  /** The service that tells how the other machines are; empty: there is no other. */
  readonly gauge: string;
  /** Whether browsers should be shown a public authority's certificate. */
  readonly acme: boolean;
}

/**
 * The content of /etc/semesterhub/alerts.json, which images/alerts reads (settings.py there describes
 * the same from the other side). Nothing secret goes in.
 */
export function alertsSettings(alerts: AlertsConfig, around: AlertsSurroundings): string {
  const { email } = alerts;
  const settings = {
    stack: around.stack,
    title: around.title,
    url: around.publicUrl,
    certificateAuthority: around.authority,
    hubUrl: "http://hub:8081",
    gradingUrl: `http://grading:${String(inContainers.grading)}/services/grading/health`,
    gauge: around.gauge,
    limits: {
      disk_percent: alerts.diskPercent,
      memory_percent: alerts.memoryPercent,
      certificate_days: alerts.certificateDays,
      full_homes_percent: alerts.fullHomesPercent,
      slow_start_seconds: alerts.slowStartSeconds,
      grading_minutes: alerts.gradingMinutes,
      acme: around.acme,
    },
    email:
      email === undefined
        ? null
        : {
            server: email.server,
            port: email.port,
            security: email.security,
            from: email.from,
            to: email.to,
            username: email.username ?? null,
            certificateAuthority: email.certificateAuthority ?? null,
          },
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/** The JSON that images/alerts reads from /run/secrets/alerts-channels. */
export function alertsChannels({ email, webhook, heartbeat }: AlertsConfig): pulumi.Output<string> {
  return pulumi.jsonStringify({
    smtpPassword: email?.password ?? null,
    webhookUrl: webhook?.url ?? null,
    webhookToken: webhook?.token ?? null,
    heartbeatUrl: heartbeat ?? null,
  });
}
