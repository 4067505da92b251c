// megalodon: applications, tokens, and what a site says of itself.
import generator, { detector } from 'megalodon'

import { assert, check, ELSEWHERE, OUT_OF_BAND } from '../check.mjs'
import { refuses } from './setup.mjs'

const scopes = ['read', 'write', 'follow', 'push']

async function exchange(url, app, redirectUri, code) {
  const token = await generator('mastodon', url)
    .fetchAccessToken(app.client_id, app.client_secret, code, redirectUri)
  assert.equal(token.token_type, 'Bearer')
  const api = generator('mastodon', url, token.access_token)
  return { api, app, token: token.access_token, me: (await api.verifyAccountCredentials()).data }
}

export async function logIn(url, username, consent, redirect_uris = OUT_OF_BAND) {
  const app = await generator('mastodon', url).registerApp('Checks', { scopes, redirect_uris })
  const { code } = await consent(app.url, username)
  return await exchange(url, app, redirect_uris, code)
}

check('log in', async ({ ann }) => {
  assert.ok(ann.me.acct.startsWith('ann_'))
  assert.equal(ann.me.source.privacy, 'public')
})

check('log in by redirect', async ({ ben, url, consent }) => {
  const again = await logIn(url, ben.me.username, consent, ELSEWHERE)
  assert.equal(again.me.id, ben.me.id)
})

check('ask about the application', async ({ ann }) => {
  assert.equal((await ann.api.verifyAppCredentials()).data.name, 'Checks')
})

check('log out', async ({ cem, url, consent }) => {
  const { api, app, token } = await logIn(url, cem.me.username, consent)
  await api.revokeToken(app.client_id, app.client_secret, token)
  await refuses(401, api.verifyAccountCredentials())
  await cem.api.verifyAccountCredentials()
})

check('recognise the software', async ({ url }) => {
  assert.equal(await detector(url), 'mastodon')
})

check('read the instance', async ({ ann, url }) => {
  const instance = (await ann.api.getInstance()).data
  assert.equal(instance.uri, new URL(url).host)
  assert.equal(instance.configuration.statuses.max_characters, 500)
})

check('list custom emoji', async ({ ann }) => {
  assert.deepEqual((await ann.api.getInstanceCustomEmojis()).data, [])
})

check('read the preferences', async ({ ann }) => {
  assert.equal((await ann.api.getPreferences()).data['posting:default:visibility'], 'public')
})
