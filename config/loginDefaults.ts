import * as pulumi from "@pulumi/pulumi";
import type { Sections } from "./schema";
import type { Login } from "./types";

/** How people log in, with what is secret as secrets. */
export function completeLogin(section: Sections["login"]): Login {
  switch (section.method) {
    case "dummy": {
      const { method, password } = section;
      return password === undefined ? { method } : { method, password: pulumi.secret(password) };
    }
    case "native":
    case "lti13":
      return section;
    case "workshop":
      return {
        ...section,
        passphrase: pulumi.secret(section.passphrase),
        staffPassphrase: pulumi.secret(section.staffPassphrase),
      };
    case "lti":
      return { ...section, consumers: pulumi.secret(section.consumers) };
    case "globus": {
      const { identityProvider, clientSecret, ...rest } = section;
      return {
        ...rest,
        clientSecret: pulumi.secret(clientSecret),
        ...(identityProvider !== undefined && { identityProvider }),
      };
    }
    case "oidc": {
      const { providerName, clientSecret, ...rest } = section;
      return {
        ...rest,
        clientSecret: pulumi.secret(clientSecret),
        ...(providerName !== undefined && { providerName }),
      };
    }
    default:
      return { ...section, clientSecret: pulumi.secret(section.clientSecret) };
  }
}
