import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

const hoursPerDay = 24;

/** What a certificate is for. */
export interface CertificateArgs {
  readonly commonName: pulumi.Input<string>;
  /** Names that clients dial. */
  readonly dnsNames?: pulumi.Input<readonly string[]>;
  /** Addresses that clients dial. */
  readonly ipAddresses?: pulumi.Input<readonly string[]>;
  readonly use: "server" | "client";
}

/** Whose authority it is. */
export interface CertificateAuthorityArgs {
  /** The semester, which the certificate names. */
  readonly stack: string;
}

/** A key and its certificate. */
export interface Certificate {
  /** PEM; a secret. */
  readonly key: pulumi.Output<string>;
  /** PEM. */
  readonly certificate: pulumi.Output<string>;
}

/**
 * The certificate authority of one stack. Its private key exists in the state, as a secret, and
 * nowhere else. Certificates that it issues last a year and are made anew by the first `up` in
 * their last 60 days; the authority lasts ten years, so that a browser is told to trust it once.
 */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** PEM; what clients trust. */
  readonly certificate: pulumi.Output<string>;
  /** PEM; stays the same when the certificate is made anew, and no other stack has it. */
  readonly publicKey: pulumi.Output<string>;
  private operatorCertificate: Certificate | undefined;
  private readonly key: tls.PrivateKey;

  constructor(
    name: string,
    args: CertificateAuthorityArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("semesterhub:index:CertificateAuthority", name, args, opts);
    // Outlives the semester: a browser that trusts it needn't be told again.
    const lasting = { parent: this, protect: true };
    this.key = new tls.PrivateKey("ca-key", { algorithm: "ECDSA", ecdsaCurve: "P256" }, lasting);
    this.publicKey = this.key.publicKeyPem;
    this.certificate = new tls.SelfSignedCert(
      "ca",
      {
        privateKeyPem: this.key.privateKeyPem,
        subject: { commonName: `semesterhub-${args.stack} authority`, organization: "semesterhub" },
        isCaCertificate: true,
        allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
        validityPeriodHours: 10 * 365 * hoursPerDay,
        earlyRenewalHours: 365 * hoursPerDay,
      },
      lasting,
    ).certPem;
    this.registerOutputs({ certificate: this.certificate });
  }

  /** What the operator shows to every machine's engine. */
  get operator(): Certificate {
    this.operatorCertificate ??= this.issue("operator", { commonName: "operator", use: "client" });
    return this.operatorCertificate;
  }

  /** A key and a certificate for one server or client. */
  issue(name: string, args: CertificateArgs): Certificate {
    const { commonName, dnsNames = [], ipAddresses = [], use } = args;
    const key = new tls.PrivateKey(
      `${name}-key`,
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this },
    );
    const request = new tls.CertRequest(
      `${name}-request`,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName },
        dnsNames: pulumi.output(dnsNames).apply((names) => [...names]),
        ipAddresses: pulumi.output(ipAddresses).apply((addresses) => [...addresses]),
      },
      { parent: this },
    );
    const certificate = new tls.LocallySignedCert(
      `${name}-cert`,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: this.key.privateKeyPem,
        caCertPem: this.certificate,
        allowedUses: ["digital_signature", use === "server" ? "server_auth" : "client_auth"],
        validityPeriodHours: 365 * hoursPerDay,
        earlyRenewalHours: 60 * hoursPerDay,
      },
      { parent: this },
    );
    return { key: key.privateKeyPem, certificate: certificate.certPem };
  }
}
