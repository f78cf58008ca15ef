// Better Auth's plugins as this folder's package.json installs them, each with what it must be given to say its tables.
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

export const manifest = path.resolve(process.argv[2], "package.json");
export const require = createRequire(manifest);
export const load = async (name) => import(pathToFileURL(require.resolve(name)).href);

// What each plugin must be given before it says its tables. A name with a dot is an option of a plugin.
export const PLUGINS = {
  admin: {},
  anonymous: {},
  apiKey: { from: "@better-auth/api-key" },
  bearer: {},
  captcha: { options: { provider: "cloudflare-turnstile", secretKey: "x" } },
  customSession: { options: async (session) => session },
  deviceAuthorization: { options: { verificationUri: "/device", expiresIn: "30m", interval: "5s", schema: {} } },
  emailOTP: { options: { sendVerificationOTP: async () => {} } },
  genericOAuth: { options: { config: [] } },
  haveIBeenPwned: {},
  jwt: {},
  lastLoginMethod: {},
  "lastLoginMethod.storeInDatabase": { options: { storeInDatabase: true } },
  magicLink: { options: { sendMagicLink: async () => {} } },
  mcp: { from: "@better-auth/mcp", options: { loginPage: "/in", consentPage: "/yes", resource: "http://localhost/mcp" } },
  multiSession: {},
  oAuthProxy: {},
  oauthPopup: {},
  oauthProvider: { from: "@better-auth/oauth-provider", options: { loginPage: "/in", consentPage: "/yes" } },
  oidcProvider: { options: { loginPage: "/in" } },
  oneTap: {},
  oneTimeToken: {},
  openAPI: {},
  organization: {},
  "organization.dynamicAccessControl": {
    options: async () => ({ dynamicAccessControl: { enabled: true }, ac: (await access()) }),
  },
  "organization.teams": { options: { teams: { enabled: true } } },
  passkey: { from: "@better-auth/passkey" },
  phoneNumber: { options: { sendOTP: async () => {} } },
  scim: { from: "@better-auth/scim", options: { connections: [{ id: "x", credentials: [{ id: "x", token: "x".repeat(40) }] }] } },
  "scim.managedConnections": { options: { connections: [], managedConnections: { credentialHashSecret: "x".repeat(40) } } },
  siwe: { options: { domain: "example.com", getNonce: async () => "n", verifyMessage: async () => true } },
  sso: { from: "@better-auth/sso" },
  "sso.domainVerification": { options: { domainVerification: { enabled: true } } },
  stripe: { from: "@better-auth/stripe", options: () => stripe({}) },
  "stripe.organization": { options: () => stripe({ organization: { enabled: true } }), beside: ["organization"] },
  "stripe.subscription": { options: () => stripe({ subscription: { enabled: true, plans: [] } }) },
  testUtils: {},
  twoFactor: {},
  username: {},
};

async function access() {
  const { createAccessControl } = await load("better-auth/plugins/access");
  return createAccessControl((await load("better-auth/plugins/organization/access")).defaultStatements);
}

async function stripe(more) {
  const { default: Stripe } = await load("stripe");
  return { stripeClient: new Stripe("sk_test_x"), stripeWebhookSecret: "whsec_x", ...more };
}

async function factory(plugin, from) {
  for (const source of ["better-auth/plugins", ...(from ? [from] : [])]) {
    try {
      const found = (await load(source))[plugin];
      if (typeof found === "function") return { make: found, source: source.replace("/plugins", "") };
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return null; // not in this version
}

// The plugin of that name, an option's with the option; more options of it may be given.
export async function plugin(name, more = []) {
  const [base] = name.split(".");
  const found = await factory(base, PLUGINS[base].from);
  if (!found) return null;
  if (base === "customSession") return { ...found, made: found.make(PLUGINS[base].options) };
  const given = [];
  for (const each of [name, ...more]) {
    const { options } = PLUGINS[each];
    given.push(typeof options === "function" ? await options() : options);
  }
  const known = given.filter(Boolean);
  return { ...found, made: found.make(known.length ? Object.assign({}, ...known) : undefined) };
}
