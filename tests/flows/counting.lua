-- For wrk: asks for slugs at random and counts, of each, what was asked and what was answered.
--
-- wrk calls response() for an answer without saying which of a thread's connections it came on. What it answers says so:
-- the links lead to an address with their own number.

local threads = {}

function setup(thread)
   table.insert(threads, thread)
   thread:set("number", #threads)
end

function init(arguments)
   math.randomseed(tonumber(arguments[2]) + number)
   slugs = tonumber(arguments[1])
   sent, received, wrong = {}, {}, 0
   for n = 1, slugs do
      sent[n], received[n] = 0, 0
   end
end

-- Counted before it is written: on a connection that breaks at once more are counted than were sent, never fewer.
function request()
   local n = math.random(slugs)
   sent[n] = sent[n] + 1
   return "GET /s" .. n .. " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: " .. agent .. "\r\n\r\n"
end

-- Milliseconds that a connection waits before each request. Without them the load takes the cores that those who were
-- killed need to come back.
function delay()
   return 4
end

function response(status, headers, body)
   local n = status == 301 and tonumber(string.match(headers["Location"] or "", "^https://example%.com/s(%d+)$"))
   if n then
      received[n] = received[n] + 1
   else
      wrong = wrong + 1
   end
end

agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

function done(summary, latency, requests)
   for _, thread in ipairs(threads) do
      local asked, answered = thread:get("sent"), thread:get("received")
      for n, count in ipairs(asked) do
         print("slug", n, count, answered[n])
      end
      print("wrong", thread:get("wrong"))
   end
end
