// masto: applications, tokens, and what a site says of itself.
import { createOAuthAPIClient, createRestAPIClient } from 'masto'

import { assert, check, ELSEWHERE, OUT_OF_BAND, word } from '../check.mjs'
import { refuses } from './setup.mjs'

const SCOPES = 'read write follow push'

async function register(url, redirectUris = OUT_OF_BAND) {
  const app = await createRestAPIClient({ url }).v1.apps.create({ clientName: 'Checks', redirectUris, scopes: SCOPES })
  assert.ok(app.clientId && app.clientSecret)
  return { app, oauth: createOAuthAPIClient({ url }) }
}

function address(url, app, redirectUri, state) {
  const query = new URLSearchParams({ response_type: 'code', client_id: app.clientId, redirect_uri: redirectUri, scope: SCOPES })
  if (state) query.set('state', state)
  return `${url}/oauth/authorize?${query}`
}

async function exchange(url, { app, oauth }, redirectUri, code) {
  const { clientId, clientSecret } = app
  const token = await oauth.token.create({ grantType: 'authorization_code', clientId, clientSecret, redirectUri, code, scope: SCOPES })
  assert.equal(token.tokenType, 'Bearer')
  assert.deepEqual(new Set(token.scope.split(' ')), new Set(SCOPES.split(' ')))
  assert.ok(Math.abs(token.createdAt - Date.now() / 1000) < 60)
  const api = createRestAPIClient({ url, accessToken: token.accessToken })
  return { api, app, oauth, token: token.accessToken, me: await api.v1.accounts.verifyCredentials() }
}

export async function logIn(url, username, consent) {
  const registered = await register(url)
  const { code } = await consent(address(url, registered.app, OUT_OF_BAND), username)
  return await exchange(url, registered, OUT_OF_BAND, code)
}

check('log in', async ({ ann }) => {
  assert.ok(ann.me.acct.startsWith('ann_'))
  assert.equal(ann.me.source.privacy, 'public')
})

check('log in by redirect', async ({ ben, url, consent }) => {
  const registered = await register(url, [ELSEWHERE, OUT_OF_BAND])
  const state = word()
  const back = await consent(address(url, registered.app, ELSEWHERE, state), ben.me.username)
  assert.equal(back.state, state)
  const again = await exchange(url, registered, ELSEWHERE, back.code)
  assert.equal(again.me.id, ben.me.id)
})

check('log in as an application', async ({ url }) => {
  const { app, oauth } = await register(url)
  const { clientId, clientSecret } = app
  const token = await oauth.token.create({
    grantType: 'client_credentials', clientId, clientSecret, redirectUri: OUT_OF_BAND, scope: 'read',
  })
  const api = createRestAPIClient({ url, accessToken: token.accessToken })
  assert.equal((await api.v1.apps.verifyCredentials()).name, 'Checks')
  await refuses(422, api.v1.timelines.home.list())
})

check('ask about the application', async ({ ann }) => {
  assert.equal((await ann.api.v1.apps.verifyCredentials()).name, 'Checks')
})

check('log out', async ({ cem, url, consent }) => {
  const { api, app, oauth, token } = await logIn(url, cem.me.username, consent)
  await oauth.revoke({ clientId: app.clientId, clientSecret: app.clientSecret, token })
  await refuses(401, api.v1.accounts.verifyCredentials())
  await cem.api.v1.accounts.verifyCredentials()
})

check('read the instance', async ({ ann, url }) => {
  const instance = await ann.api.v1.instance.fetch()
  assert.equal(instance.uri, new URL(url).host)
  assert.equal(instance.configuration.statuses.maxCharacters, 500)
  assert.equal(typeof instance.stats.userCount, 'number')
})

check('read the instance in its second shape', async ({ ann, url }) => {
  const instance = await ann.api.v2.instance.fetch()
  assert.equal(instance.domain, new URL(url).host)
  assert.equal(instance.configuration.statuses.maxCharacters, 500)
  assert.equal(instance.registrations.enabled, true)
})

check('list custom emoji', async ({ ann }) => {
  assert.deepEqual(await ann.api.v1.customEmojis.list(), [])
})

check('read the preferences', async ({ ann }) => {
  const preferences = await ann.api.v1.preferences.fetch()
  assert.equal(preferences['posting:default:visibility'], 'public')
  assert.equal(preferences['reading:expand:spoilers'], false)
})
