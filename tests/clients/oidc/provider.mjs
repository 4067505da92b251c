// A certified OpenID provider (oidc-provider) on 127.0.0.1, with its own pages to log in and agree on:
//   node provider.mjs PORT CLIENT_ID CLIENT_SECRET REDIRECT_ADDRESS
// Everybody may log in by any name; the name is the subject. It says `ready` once it listens.
import { Provider } from 'oidc-provider';

const [port, clientId, clientSecret, redirectAddress] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [redirectAddress],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  cookies: { keys: ['a key for tests'] },
  claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
  pkce: { required: () => true },
  findAccount: (ctx, name) => ({
    accountId: name,
    claims: () => ({
      sub: name,
      preferred_username: name,
      email: `${name}@corp.example`,
      email_verified: true,
    }),
  }),
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
