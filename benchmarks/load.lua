-- The load of one run. Arguments: a file of requests, a word that no other run uses, and, for mixed loads, a file of
-- further requests and how many requests there are for each of those.
--
-- A line of a file is: method, path, cookie, access token, body, parted by tabs. In a body, `0000000000000000` becomes a number
-- that no other request has; it is as long, so the length of the body stays right.

local main, rare, every = {}, {}, 0
local sent, numbered = 0, 0
local run = "000000"
local UNIQUE = "0000000000000000"

local function read(name)
  local requests = {}
  for line in io.lines(name) do
    local method, path, cookie, token, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = {}
    if cookie ~= "" then headers["Cookie"] = cookie end
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    if body ~= "" then headers["Content-Type"] = "application/x-www-form-urlencoded" end
    local text = wrk.format(method, path, headers, body ~= "" and body or nil)
    requests[#requests + 1] = { text = text, unique = text:find(UNIQUE, 1, true) ~= nil }
  end
  return requests
end

function init(args)
  main = read(args[1])
  run = args[2]
  if args[3] then
    rare = read(args[3])
    every = tonumber(args[4])
  end
end

function request()
  sent = sent + 1
  local one
  if every > 0 and sent % every == 0 then
    one = rare[math.floor(sent / every) % #rare + 1]
  else
    one = main[sent % #main + 1]
  end
  if not one.unique then return one.text end
  numbered = numbered + 1
  return (one.text:gsub(UNIQUE, string.format("%s%010d", run, numbered)))
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "figures %d %d %d %d %d %.0f %.0f %.0f\n",
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write, errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max
  ))
end
