import type { Output } from "@pulumi/pulumi";

/** How people prove who they are. Secrets are secret Outputs; all else may be shown. */
export type Login =
  /** `password` absent: the program makes one. */
  | { readonly method: "dummy"; readonly password?: Output<string> }
  | { readonly method: "native" }
  | (OAuthClient & { readonly method: "google"; readonly hostedDomains: readonly string[] })
  | (OAuthClient & { readonly method: "github"; readonly organizations: readonly string[] })
  /** `usernameClaim`: what of a person is their name on the roster. */
  | (OAuthClient & {
      readonly method: "cilogon";
      readonly identityProviders: readonly string[];
      readonly usernameClaim: string;
    })
  | (OAuthClient & { readonly method: "globus"; readonly identityProvider?: string })
  /** `requiredClaims`: accepted values of each. */
  | (OAuthClient & {
      readonly method: "oidc";
      readonly issuer: string;
      readonly providerName?: string;
      readonly usernameClaim: string;
      readonly scopes: readonly string[];
      readonly requiredClaims: Readonly<Record<string, readonly string[]>>;
    })
  | (LtiPlatform & { readonly method: "lti13" })
  | {
      readonly method: "workshop";
      readonly passphrase: Output<string>;
      readonly staffPassphrase: Output<string>;
      readonly seats: number;
    }
  /** Shared secrets by consumer key; the field of a launch that is a name on the roster. */
  | {
      readonly method: "lti";
      readonly consumers: Output<Record<string, string>>;
      readonly usernameField: string;
    };

interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: Output<string>;
}

/** Where a learning management system answers, and what of a launch is a name on the roster. */
interface LtiPlatform {
  readonly issuer: string;
  readonly clientId: string;
  readonly authorizeUrl: string;
  readonly keysUrl: string;
  readonly tokenUrl: string;
  readonly usernameField: string;
}
