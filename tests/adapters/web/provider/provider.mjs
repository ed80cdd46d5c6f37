// SPDX-License-Identifier: GPL-3.0-or-later
// An OpenID provider for the tests. It lets in whoever types a name, and says of each which groups:
// PEOPLE is JSON, name → groups. It prints its address, and ends with its standard input.
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const people = JSON.parse(process.env.PEOPLE);
const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'ebs',
    client_secret: process.env.SECRET,
    redirect_uris: [process.env.REDIRECT_URI],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  }],
  claims: { openid: ['sub'], profile: ['nickname'], groups: ['groups'] },
  scopes: ['openid', 'profile', 'groups'],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['only for the tests'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, nickname: id, groups: people[id] ?? [] }),
  }),
});
server.on('request', provider.callback());
console.log(issuer);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
